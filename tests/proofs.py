"""The rules of the domain, each by the name of the test that holds it.

A test's name is its rule as a sentence. ``docs/rules.md`` shows them; a test keeps the list true.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_TESTS: Final = Path(__file__).parent

_HEAD: Final = """## The rules, and the tests that hold them

Each line is a rule and, but for `test_` and the underscores, the name of the test that holds it.
"""

PROOFS: Final[Mapping[str, tuple[str, ...]]] = {
    "People": (
        "nobody_decides_what_they_prepared",
        "a_person_whom_the_policy_excludes_is_refused",
        "a_person_of_another_place_or_role_may_not_decide",
        "four_eyes_wait_for_both_seats",
        "one_person_does_not_fill_a_seat_for_two",
    ),
    "The lifecycle": (
        "a_forbidden_action_is_an_error_that_names_what_is_allowed",
        "nothing_leaves_a_terminal_status",
        "every_status_that_is_not_terminal_can_be_left_and_reached",
        "cancelling_a_project_ends_its_open_gates",
        "a_terminated_project_ends_its_gates_frees_its_quota_and_is_in_the_ledger",
        "an_exact_duplicate_is_merged_and_its_supporters_are_kept",
        "a_rubric_sums_to_100_with_positive_weights",
        "a_project_keeps_the_settings_it_was_formed_under",
    ),
    "Periods": (
        "a_period_skips_weekends_and_holidays_and_counts_worked_saturdays",
        "days_beyond_the_published_years_count_as_plain_weekdays_and_are_flagged",
        "one_day_does_not_publish_a_year",
        "a_call_closes_later_once_its_year_is_published",
        "what_people_were_told_never_comes_earlier",
        "a_task_is_due_when_the_published_calendar_says",
        "who_has_a_date_of_their_own_is_told_that_it_moved",
    ),
    "Publish 发榜": (
        "a_call_is_not_published_without_enough_openers",
        "a_question_is_asked_and_answered_in_public_without_a_name",
        "a_bid_on_a_call_that_was_replaced_is_void",
        "what_changed_between_published_versions_is_shown",
    ),
    "Bid 揭榜": (
        "a_consortium_waits_for_each_partner_s_own_confirmation",
        "a_partner_that_leaves_before_the_closing_reopens_the_draft",
        "the_newcomer_takes_the_partners_place_share_and_quota",
        "nothing_is_decided_before_the_newcomer_confirms_and_the_partner_could_speak",
        "a_letter_above_the_ceiling_or_not_adding_up_names_what_is_wrong",
        "a_commitment_depends_on_its_nonce_and_on_every_word",
        "a_receipt_can_be_checked_by_hand",
        "every_version_is_kept_and_the_quota_is_held_once",
        "a_withdrawn_bid_gives_its_quota_back",
        "no_table_holds_a_word_of_a_bid_or_its_draft_before_the_opening",
        "a_file_lies_sealed_on_the_disk_and_its_own_organisation_reads_it",
        "nothing_is_opened_before_the_closing_or_by_one_alone",
        "one_opener_opens_nothing_and_both_open_everything_at_once",
        "a_lost_share_is_made_up_for_by_two_administrators_and_the_escrow_key",
        "the_opening_record_lists_the_commitments_and_a_changed_payload_shows",
        "each_criterion_is_explained_on_its_own",
        "who_is_black_listed_may_not_bid",
        "a_suspended_organisation_is_told_why",
        "a_bid_one_second_late_is_refused_and_changes_nothing",
        "a_call_is_extended_once_and_then_no_more",
    ),
    "Award 承榜": (
        "a_panel_of_five_with_its_three_parties_is_formed",
        "a_panel_too_small_is_refused",
        "nobody_sees_a_bid_before_they_have_declared_their_interests",
        "a_member_with_a_known_interest_is_replaced_as_the_panel_is_formed",
        "the_instructor_or_mentor_of_a_bidder_is_recused",
        "an_officer_of_a_bidder_s_alliance_is_recused",
        "an_earlier_contract_as_buyer_is_no_conflict",
        "a_panel_that_recusals_have_broken_is_formed_anew",
        "a_blind_reading_hides_whose_bid_it_is_until_every_bid_is_marked",
        "the_highest_and_lowest_of_five_scores_do_not_count",
        "a_later_recusal_does_not_change_whether_highest_and_lowest_count",
        "marks_that_lie_apart_wait_for_a_meeting_and_nobody_has_to_change_theirs",
        "in_the_meeting_only_the_marks_that_lie_apart_change_and_only_with_a_reason",
        "ties_go_to_the_better_price_then_credit_then_the_draw",
        "a_full_tie_is_drawn_and_the_draw_can_be_repeated",
        "returning_and_rejecting_need_a_reason",
        "an_award_above_the_limit_needs_a_second_approval",
        "standing_is_what_somebody_is_to_the_award",
        "an_objection_is_to_be_answered_within_its_working_days",
        "an_award_waits_for_the_answer_and_then_for_the_time_to_appeal",
        "an_upheld_objection_returns_the_award_at_once",
        "an_appeal_holds_the_award_until_the_auditor_has_decided",
        "a_winner_who_does_not_sign_is_out_and_gets_its_quota_back",
        "copied_texts_equal_prices_and_one_representative_are_flagged",
    ),
    "Deliver": (
        "what_one_side_proposes_holds_once_the_other_agrees",
        "instalments_and_targets_change_and_the_sum_and_shares_still_add_up",
        "a_sum_grows_by_a_tenth_at_most",
        "instalments_add_up_to_the_fen",
        "of_a_terminated_project_only_what_was_accepted_is_paid",
        "the_worst_counts_and_each_reason_is_said",
        "the_last_visit_colours_the_project_and_a_red_one_is_to_be_corrected",
        "a_late_milestone_is_found_once_after_its_days_of_grace",
        "an_upheld_complaint_opens_a_corrective_action_and_costs_every_member",
        "a_corrective_action_moves_by_its_table_alone",
        "escalation_is_intervention_then_termination_then_exit",
        "past_its_date_the_hand_over_does_not_wait_for_the_organisation",
        "delivery_is_not_complete_while_a_corrective_action_is_open",
    ),
    "Assess 考榜": (
        "the_two_leading_parties_weigh_at_least_half",
        "the_result_is_the_weighted_sum_of_the_parties",
        "a_missing_party_stops_the_result",
        "nothing_is_decided_before_people_were_reminded",
        "after_a_reminder_the_invitation_is_widened_and_people_are_reminded_anew",
        "after_a_reminder_the_minimum_is_lowered_by_a_recorded_decision",
        "the_minimum_is_lowered_to_what_the_settings_leave_at_least",
        "the_rubric_of_the_assessment_is_frozen_at_the_award",
        "grades_begin_at_their_thresholds",
        "more_than_30_points_between_parties_are_flagged",
        "sheets_are_printed_and_each_code_counts_once",
        "answers_that_look_alike_are_all_counted_and_shown_to_who_confirms_the_result",
    ),
    "Consequences": (
        "the_score_is_rebuilt_from_events_in_whatever_order",
        "an_event_counts_from_its_day_until_it_fades",
        "an_event_is_entered_once_for_each_reference_with_its_rule_s_version",
        "upheld_false_material_costs_forty_points_and_is_a_ground_for_the_black_list",
        "who_says_that_material_is_false_does_not_decide_it",
        "red_is_for_an_excellent_result_without_an_upheld_complaint",
        "red_needs_every_indicator_of_the_agreement",
        "black_is_for_two_failures_within_24_months",
        "black_is_for_a_termination_and_for_false_material",
        "an_entry_is_replied_to_in_time_decided_with_a_reason_and_published_by_another",
        "an_entry_ends_by_itself",
        "a_black_entry_is_repaired_after_its_time_by_another_with_a_public_reason",
        "grade_evaluation_takes_the_score_as_evidence",
        "red_listed_3a_and_above_may_be_named_demonstration_organisations",
        "the_qualification_for_purchased_services_follows_credit_and_list",
        "a_partner_counts_by_its_share_and_at_least_half",
        "fifty_bids_at_once_for_the_last_of_a_quota_leave_exactly_one",
        "the_ledger_balances_after_everything",
        "no_quota_is_left_held_by_a_finished_round",
        "a_dump_is_replayed_by_another_process_to_what_was_stored",
    ),
    "Bad input": (
        "a_wrong_row_waits_with_a_sentence_and_the_good_ones_go_on",
        "a_mended_row_is_imported_from_quarantine",
        "the_same_file_twice_changes_nothing",
        "a_decision_too_late_changes_nothing_and_says_why",
        "a_double_click_is_one_decision",
    ),
}


def names() -> Iterator[str]:
    """Yield the name of every test there is, without its prefix."""
    for path in _TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node.name.removeprefix("test_")


def section() -> str:
    """Return the section of ``docs/rules.md``: every rule as its test's name says it."""
    parts = [_HEAD]
    for title, rules in PROOFS.items():
        said = "".join(f"- {_sentence(one)}\n" for one in rules)
        parts.append(f"### {title}\n\n{said}")
    return "\n".join(parts)


def _sentence(name: str) -> str:
    words = name.replace("_s_", "’s ").replace("_", " ")
    return f"{words[0].upper()}{words[1:]}."
