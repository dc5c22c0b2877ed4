"""The errors of the domain, in its own words.

Two roots tell a task whether trying again can help: ``Refused`` never changes by waiting,
``Unavailable`` may. No error here knows HTTP or Prefect.
"""

from collections.abc import Mapping

from domain.text import Lang, Text


class JiebangError(Exception):
    """Root of every error of the product; carries its sentence in both languages."""

    code = "error"
    text = Text("出现错误。", "Something went wrong.")

    def __init__(self, **values: object) -> None:
        """Keep the values that fill the sentence."""
        self.values = values
        super().__init__(self.say("en"))

    def say(self, lang: Lang) -> str:
        """Return the sentence for ``lang``; values in both languages are said in that one."""
        spoken = {
            name: (value.zh if lang == "zh" else value.en) if isinstance(value, Text) else value
            for name, value in self.values.items()
        }
        return self.text.say(lang, **spoken)


class Refused(JiebangError):
    """Trying again changes nothing."""


class Unavailable(JiebangError):
    """Trying again later may help."""


class TransitionNotAllowed(Refused):
    """A move that the state table does not hold."""

    code = "transition-not-allowed"
    text = Text(
        "现处于“{status}”，这一步此时不能办理；请刷新页面，看现在可以办什么。",
        "It is {status} now, where this step is not possible; reload the page to see what is.",
    )


class ProjectStopped(Refused):
    """The project was cancelled or terminated; its run has nothing more to do."""

    code = "project-stopped"
    text = Text("项目已取消或终止。", "The project was cancelled or terminated.")


class NotFound(Refused):
    """No such thing under this name."""

    code = "not-found"
    text = Text("没有找到{what}“{key}”。", "There is no {what} {key!r}.")


class NotPermitted(Refused):
    """The person may not do this here, and the sentence says why."""

    code = "not-permitted"
    text = Text("您不能这样做：{zh}", "You may not do this: {en}")


class SheetRefused(NotPermitted):
    """A resident's sheet is not known, was answered, or comes too early or too late."""

    code = "sheet-refused"
    text = Text("{zh}", "{en}")


class GateClosed(Refused):
    """The decision comes too late: the gate has been decided or ended."""

    code = "gate-closed"
    text = Text(
        "这个环节已经{zh}，本次操作没有改变任何内容。",
        "This gate is already {en}; nothing was changed.",
    )


class DossierChanged(Refused):
    """The dossier decided on is no longer the one before the gate."""

    code = "dossier-changed"
    text = Text(
        "材料已更新到第{current}版（您看到的是第{seen}版），请重新阅读后再决定。",
        "The dossier is now at version {current} (you saw {seen}); read it again, then decide.",
    )


class ReasonMissing(Refused):
    """The step needs a reason in words."""

    code = "reason-missing"
    text = Text("请写明理由。", "Give your reasons.")


class OptionNotAllowed(Refused):
    """The decision or option is not on the gate's list."""

    code = "option-not-allowed"
    text = Text(
        "不能选择“{option}”；可选：{allowed}。", "'{option}' is not offered; choose {allowed}."
    )


class CodeRefused(Refused):
    """The approval code is wrong, expired, used or somebody else's."""

    code = "approval-code-refused"
    text = Text("审批码无效：{zh}", "The approval code was refused: {en}")


class CallClosed(Refused):
    """The bid came after the closing time, even if by one second."""

    code = "call-closed"
    text = Text(
        "揭榜已于 {closes_at} 截止（北京时间），收到时间为 {at}，不能再提交。",
        "Bidding closed on {closes_at} (Beijing time); this came on {at} and cannot be taken.",
    )


class NotEligible(Refused):
    """The bidder misses criteria, each named with its reason."""

    code = "not-eligible"
    text = Text("不符合申报条件：{reasons}", "Not eligible: {reasons}")


class SignInNeeded(Refused):
    """Nobody is signed in, or the session has ended."""

    code = "sign-in-needed"
    text = Text("请先登录。", "Sign in first.")


class TokenNeeded(SignInNeeded):
    """A program came without a token, or with one that no longer holds."""

    code = "token-needed"
    text = Text(
        "请在 Authorization 头带上有效的访问令牌（在“我的账号”创建）。",
        "Send a valid access token in the Authorization header (make one under My account).",
    )


class ProofNeeded(Refused):
    """The person must prove again who they are before this."""

    code = "proof-needed"
    text = Text("请再次输入密码以确认是您本人。", "Enter your password again to confirm it is you.")


class SealKeyNeeded(Refused):
    """Something is sealed, and its organisation's passphrase was not given."""

    code = "seal-key-needed"
    text = Text(
        "内容已密封，请先输入本组织的密封口令。",
        "This is sealed; give your organisation's sealing passphrase first.",
    )


class FormExpired(Refused):
    """A form without the token of the session that asked for it."""

    code = "form-expired"
    text = Text(
        "打开页面以后，您重新登录过，或登录已过期，所以还没有提交。请核对内容，再提交一次。",
        "You have signed in anew since you opened the page, or the sign-in has expired, so nothing "
        "was submitted yet. Look the form over and submit it once more.",
    )


class CookiesNeeded(FormExpired):
    """A browser that sends no cookie."""

    code = "cookies-needed"
    text = Text(
        "还没有提交：您的浏览器没有发送 Cookie。请在浏览器设置里允许本站使用 Cookie，再提交一次。",
        "Nothing was submitted yet: your browser sends no cookie. Allow cookies for this site in "
        "its settings, and submit once more.",
    )


class VersionNeeded(Refused):
    """A change without saying which version was read."""

    code = "version-needed"
    text = Text(
        "请在 If-Match 头带上您读到的 ETag，以免覆盖他人的修改。",
        "Send the ETag you have read in the If-Match header, so that nobody's change is lost.",
    )


class ChangedMeanwhile(Refused):
    """The content to be changed is no longer as it was read."""

    code = "changed-meanwhile"
    text = Text(
        "内容在您读取之后已被修改，请重新读取后再改。",
        "It has changed since you read it; read it again, then change it.",
    )


class DraftChanged(Refused):
    """A draft that somebody else has kept, or submitted, since it was read."""

    code = "draft-changed"
    text = Text(
        "{who}在 {when} 改过这份草稿，您的内容还没有保存。请看下面不同的地方，再决定用谁的。",
        "{who} changed this draft on {when}; yours is not kept yet. Look at what differs below, and "
        "choose whose to keep.",
    )


class DoneBefore(Refused):
    """A repeated write whose answer was sealed, so that it was not kept."""

    code = "done-before"
    text = Text(
        "这个请求已经办理过，没有再做一次；结果请重新读取。",
        "This was done before and not done again; read what came of it.",
    )


class KeyReused(Refused):
    """An Idempotency-Key that came with another request."""

    code = "idempotency-key-reused"
    text = Text(
        "这个 Idempotency-Key 已用于另一个请求，请换一个。",
        "This Idempotency-Key was used for another request; take a new one.",
    )


class Busy(Unavailable):
    """Others hold what this needs; nothing was done."""

    code = "busy"
    text = Text(
        "现在使用的人很多，这次没有办成，也没有改动任何内容。请过几秒再试。",
        "Many people are using this right now; nothing was done or changed. Try again in a few seconds.",
    )


class TooManyTries(Unavailable):
    """Too often in a short time."""

    code = "too-many-tries"
    text = Text(
        "尝试次数过多，请过一分钟再试。",
        "Too many tries; try again in a minute.",
    )


class BadInput(Refused):
    """Something typed or imported is not right; the sentence says what to do."""

    code = "bad-input"
    text = Text("{zh}", "{en}")


class FilesRefused(BadInput):
    """Some of the files that were sent cannot be kept; the sentences name each, the others are."""

    code = "files-refused"


class FieldsWrong(BadInput):
    """Several values are wrong; ``fields`` maps each to its sentence."""

    code = "fields-wrong"

    def __init__(self, fields: Mapping[str, Text]) -> None:
        """Keep the sentences."""
        self.fields = dict(fields)
        super().__init__(
            zh="有几处需要修改，已在下面标出；您填写的内容都还在。",
            en="Some fields need a change, marked below; everything you typed is still here.",
        )


class Incomplete(Refused):
    """The submission lacks parts, each named."""

    code = "incomplete"
    text = Text("还不能提交，缺少：{zh}", "This cannot be submitted yet; missing: {en}")


class LeaseLost(Unavailable):
    """Another worker holds this project, or a newer generation has begun."""

    code = "lease-lost"
    text = Text("项目由另一个执行者处理。", "Another worker holds this project.")


class StackUnavailable(Unavailable):
    """A part of the stack does not answer."""

    code = "stack-unavailable"
    text = Text("{part}没有响应：{why}", "{part} does not answer: {why}")
