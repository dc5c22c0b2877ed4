"""What the page that follows says after something was done."""

from collections.abc import Mapping
from typing import Final

from domain.text import Text

NOTICES: Final[Mapping[str, Text]] = {
    "signed-in": Text("已登录。", "You are signed in."),
    "signed-out": Text("已退出登录。", "You are signed out."),
    "password": Text(
        "密码已修改，其他设备上的会话已结束。",
        "Your password has changed; sessions on other devices have ended.",
    ),
    "session-ended": Text("该会话已结束。", "That session has ended."),
    "token-revoked": Text("令牌已撤销，立即失效。", "The token is revoked and no longer holds."),
    "linked": Text("已关联，以后可以用它登录。", "Linked; you can sign in with it from now on."),
    "unlinked": Text("已取消关联。", "Unlinked."),
    "proved": Text("已确认是您本人，可以决定了。", "It is you; you can decide now."),
    "followed": Text("请到邮箱里确认。", "Look into your mailbox and confirm."),
    "follows": Text("订阅成功，有新榜单会告诉您。", "You follow now and will be told."),
    "follows-no-more": Text("已退订，邮箱已删除。", "Ended, and your address is deleted."),
    "totp-on": Text("动态验证码已开启。", "One-time codes are on."),
    "decided": Text("您的决定已记录。", "Your decision is recorded."),
    "submitted": Text("已提交。", "Submitted."),
    "saved": Text("已保存。", "Saved."),
    "entry-ended": Text(
        "已结束。如有误，请在“修改”里清空结束日期。",
        "Ended. If that was a mistake, empty the day on which it ended under Change.",
    ),
    "imported": Text("文件已导入。", "The file is imported."),
    "scored": Text("评分已提交。", "Your marks are in."),
    "changed": Text("修改和理由已记录。", "The change and its reason are recorded."),
    "present": Text("已登记到场。", "You are recorded as present."),
    "declared": Text("申报已记录。", "Your declaration is recorded."),
    "answered": Text("答复已公布。", "Your answer is published."),
    "confirmed": Text("协议已确认。", "You have confirmed the agreement."),
    "reported": Text("里程碑已报告，等待街道验收。", "Reported; the street accepts it next."),
    "accepted": Text("里程碑已验收。", "The milestone is accepted."),
    "in_part": Text(
        "已部分验收，组织补充后再决定其余部分。",
        "Accepted in part; the rest is decided once they have reported what is missing.",
    ),
    "settled": Text(
        "已部分验收，这是最终结果，其余不再付款。",
        "Accepted in part for good; the rest is not paid.",
    ),
    "sent_back": Text("已退回，组织会收到通知。", "Sent back; the organisation is told."),
    "answered-party": Text("评价已提交。", "Your answer is in."),
    "claimed": Text("已标记为由您办理。", "Marked as being handled by you."),
    "released": Text("已取消标记。", "The mark is removed."),
    "draft": Text("草稿已保存。", "The draft is saved."),
    "members": Text(
        "成员已保存；伙伴须各自确认后才能提交。",
        "The members are saved; each partner confirms before you can submit.",
    ),
    "sealed": Text(
        "意向书已密封提交，请保存下面的回执。截止前可以修改或撤回。",
        "Your bid is sealed. Keep the receipt below; you may revise or withdraw it until the closing.",
    ),
    "withdrawn": Text(
        "意向书已撤回；截止前可以重新提交。",
        "The bid is withdrawn; you may submit it again until the closing.",
    ),
    "taken-back": Text("已撤回。", "Taken back."),
    "left": Text(
        "已退出联合体，牵头方已收到通知。", "You have left the consortium; its lead is told."
    ),
    "partner": Text("已确认加入联合体。", "You have confirmed your place in the consortium."),
    "cancelled": Text("项目已取消。", "The project is cancelled."),
    "objected": Text(
        "异议已收到，答复之前公示不会结束。",
        "Your objection is in; the notice does not end before it is answered.",
    ),
    "time": Text("演示时钟已快进。", "The demo's clock was moved on."),
    "need-reported": Text(
        "已登记。请记下编号，随时可以在这里查看去向。",
        "Registered. Keep the number; here you see what becomes of it.",
    ),
    "supported": Text("已记下，您也需要。", "Counted: you need this too."),
    "supported-before": Text("您已经支持过这条需求。", "You have supported this before."),
    "thanks": Text("谢谢您的评价！", "Thank you for telling us."),
    "delegated": Text("委托已生效，到期自动结束。", "Your colleague stands in; it ends by itself."),
    "revoked": Text("委托已收回。", "The delegation is taken back."),
    "asked": Text(
        "提问已公开，答复后会显示在这里。", "Your question is public; the answer will stand here."
    ),
    "appealed": Text(
        "申诉已提交，审计员决定之前公示不会结束。",
        "Your appeal is in; the notice does not end before the auditor has decided it.",
    ),
    "complained": Text(
        "投诉已收到，答复会公开在这里。", "Your complaint is in; the answer will stand here."
    ),
    "found": Text(
        "已记录，承接组织会收到整改通知。", "Recorded; the organisation is told to correct it."
    ),
    "visited": Text("走访已记录。", "The visit is recorded."),
    "repaired": Text("黑榜条目已修复。", "The black entry is repaired."),
    "email": Text("通知邮箱已更新。", "Your address for notices is updated."),
    "password-set": Text("密码已设置，请登录。", "The password is set; sign in."),
    "added": Text("已添加；发出邀请后即可登录。", "Added; they can sign in once invited."),
    "role-given": Text("角色已授予。", "The role is given."),
    "role-taken": Text("角色已收回。", "The role is taken back."),
    "unlocked": Text("已解除锁定。", "Unlocked."),
    "access-ended": Text(
        "此人的会话和访问令牌已全部失效。", "All their sessions and tokens have ended."
    ),
    "parked": Text(
        "登录已过期。您填写的内容已经保留，登录后回到原来的表单。",
        "Your sign-in has expired. What you typed is kept; sign in, and you are back at the form.",
    ),
    "erased": Text("已注销，审计记录保持完整。", "Erased; the audit log is whole."),
    "round": Text(
        "新一轮已开始，新项目归入这一轮。", "The round has begun and takes new projects."
    ),
    "settings": Text(
        "新版本已保存，对之后立项的项目生效。",
        "Saved as a new version, for projects formed from now on.",
    ),
    "removed": Text("已删除。", "Removed."),
    "ended-place": Text(
        "该社区已停用，进行中的项目不受影响。", "It no longer counts; its projects go on."
    ),
    "template": Text(
        "已套用模板，您填写过的内容没有改动。", "Filled in; what you had typed is unchanged."
    ),
    "escrow-asked": Text(
        "已申请，须由另一位区管理员确认。", "Asked; another administrator confirms it."
    ),
    "escrow-used": Text(
        "托管份额已使用，并已记入审计。", "The escrow share was used, and is audited."
    ),
    "unsealed": Text("已打开，四小时内有效。", "Unsealed for four hours."),
    "seal-key": Text("口令已设置，请妥善保管。", "The passphrase is set; keep it safe."),
    "totp-off": Text("动态验证码已关闭。", "One-time codes are off."),
}
