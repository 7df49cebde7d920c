//! Chapter 9: report, response, arrival, repair, evaluation, follow-up.

use super::screens::{
    CHANNELS, CHECK_IN, DESK, ESCALATIONS, EVALUATE, EVALUATION_LINK, EVALUATION_PAGE, EVIDENCE,
    HAND_OVER, INTEGRATIONS, PHONE, REPORT, ROSTER, SLIP, TERMINAL, WORK, WORK_ORDER,
};
use super::{Entry, Part, State, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        number: "9.1",
        demand: words(
            "用户或现场工作人员可通过电话和「i深圳」、终端问题反馈等线上渠道报障。",
            "Users or site staff report by phone or online: i深圳 (i-Shenzhen), feedback on the terminal and others.",
        ),
        answer: words(
            "扫码页（不登录、无脚本）、热线、值班台，以及「i深圳」、终端问题反馈等系统的对接账号，进同一个队列，用同一套时限。报障的人得到 12 位回执码：凭它不登录就能看到进度、时限和报备，并用公开日志证明何时报的障；页面上没有任何人的姓名。已有报障的终端，扫码页和登记界面写明处理到哪一步，可以附议：附议计数、有自己的回执，不另起时限，也不推迟时限；已报修复的不能附议，须重新报障。",
            "The page behind the QR code (no account, no script), the hotline, the desk, and the accounts of i深圳, of feedback at terminals and of other systems lead into one queue with the same clocks. Who reports gets a slip of twelve characters: with it they see, without an account, how far it is, its limits and what was filed, and prove by the public log when they reported; nobody’s name is on that page. If a fault is known already, page and form say how far it is and offer to join it: joining is counted, has a slip of its own, starts no clock and postpones none; what is said to be repaired cannot be joined and is reported anew.",
        ),
        state: State::InPart(words(
            "现场人员在手机上报障的界面（接口已允许）。",
            "A screen for reports by site staff on their phone (the API allows it already).",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/api/src/reports.rs",
            "server/api/src/public/form.rs",
            "server/api/src/public/slip.rs",
            "server/domain/src/slip.rs",
            "server/domain/src/work_order/joining.rs",
        ],
        tests: &[
            "tests/integration/routes/reports/post.rs::it_starts_a_work_order_with_its_clocks_and_its_channel",
            "tests/integration/routes/public/terminal.rs::a_visitor_reports_a_fault_and_it_is_a_work_order",
            "tests/integration/routes/public/terminal.rs::a_reporter_takes_a_slip_along_and_no_later_registration_fits_it",
            "tests/integration/routes/public/slip.rs::the_page_of_a_broken_terminal_offers_to_join_and_joining_gives_a_slip",
            "tests/integration/routes/public/slip.rs::a_slip_shows_status_limits_and_proof_and_names_nobody",
            "tests/integration/routes/integrations/tickets/post.rs::each_system_reports_through_its_own_channel",
            "server/domain/src/work_order/tests/joining.rs::neither_who_joins_nor_monitoring_moves_a_clock_or_the_stage",
        ],
        screens: &[TERMINAL, SLIP, REPORT, INTEGRATIONS],
    },
    Entry {
        number: "9.2 a",
        demand: words(
            "接到故障申报后，严重故障 10 分钟内、一般故障 60 分钟内响应；需现场排查的，全市 3 小时内到达；特殊情况需延时的，跟主管单位报备，尽快到达。",
            "After the report, response within 10 minutes (severe) or 60 (general); if needed on site, arrival within 3 hours anywhere in the city; special circumstances are filed with the authority, and arrival is as soon as possible.",
        ),
        answer: words(
            "响应和到达都从平台接到报障起算：「接到故障申报后」管整句，晚接单不能推迟 3 小时。24 小时连续计时，不因下班、闭馆暂停。接单一点即为响应；到达由签到证明，结论是达标、超时或无法判定，附理由。手机和值班台显示剩余时间。时限过半提醒责任人，超时再通知替班人，各只通知一次。值班表写明每台终端每个时刻的设备责任人和替班人，新报障自动派给当班技术员；无人当班时照样计时。值班台可以自己的名义登记响应；运维人员来电说已响应时，热线或值班台代记，双方姓名都留存。赶不到时用手机（没有网络也行）或由值班台向主管单位报备，由主管单位认可或不予认可；报备如实列在时限旁边（时限前或时限后），不改变时限和结论。派单、时限临近、超时、升级、报备答复还可发到单位的企业微信群、钉钉群、邮箱或其他系统，每条留投递记录，失败自动重试。",
            "Both run from the moment the platform has the report: “after the report” opens the whole sentence, so answering late does not postpone the 3 hours. Time runs day and night and does not stop when a site closes. Accepting on the phone is the response; a check-in proves the arrival; the verdict is met, breached or cannot tell, with reasons. Phone and desk show the time left. At half of a limit the responsible person is warned, past it the deputy is told as well, each once. The duty roster names who is responsible for a terminal at every hour, and new reports go to the technician on duty; with nobody on duty the clock runs all the same. The desk may respond in its own name; when somebody of the provider calls to say that they have responded, hotline or desk writes it down with both names. Who cannot make it files the delay with the authority, on the phone (also without network) or at the desk, and the authority accepts or refuses; the filing stands beside the deadline, as made before or after it, and changes neither deadline nor verdict. New work orders, limits that come near, have passed or gone up, and answers to filings also reach an organisation's WeCom or DingTalk group, mailbox or other system; every delivery is recorded and retried.",
        ),
        state: State::InPart(words("短信。", "Text messages.")),
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/sla/policy.rs",
            "server/domain/src/sla/clock.rs",
            "server/domain/src/roster.rs",
            "server/domain/src/channel",
            "server/domain/src/work_order/judge.rs",
            "server/domain/src/work_order/filing.rs",
            "server/domain/src/presence.rs",
        ],
        tests: &[
            "server/domain/src/sla/policy.rs::response_limits_are_those_of_9_2",
            "server/domain/src/sla/clock/tests.rs::the_limit_counts_as_met_and_a_millisecond_more_does_not",
            "server/domain/src/work_order/tests/judgement.rs::limits_run_from_the_policys_anchor",
            "server/domain/src/work_order/tests/judgement.rs::an_arrival_is_in_time_only_if_somebody_was_surely_there",
            "server/domain/src/work_order/tests/filing.rs::a_late_arrival_stays_late_whatever_was_filed_and_accepted",
            "server/domain/src/roster.rs::make_up_saturdays_are_worked_and_holidays_are_not",
            "tests/integration/routes/work_orders/id/response/post.rs::the_first_response_stops_the_clock_and_its_ladder",
            "tests/integration/flows/channels.rs::a_late_response_reaches_a_webhook_signed_step_by_step",
            "tests/e2e/specs/main-story.spec.mjs::without network: accept, set out, scan, check in",
            "tests/e2e/specs/filing.spec.mjs::with the network it reaches the authority, in time, and the clocks stay",
        ],
        screens: &[PHONE, CHECK_IN, DESK, ROSTER, CHANNELS, EVIDENCE],
    },
    Entry {
        number: "9.2 b",
        demand: words(
            "响应延时超过 60 分钟的，提升运维服务级别，由运维责任人上级管理领导响应。",
            "If the response is delayed beyond 60 minutes, the service level is raised and the responsible person's superior responds.",
        ),
        answer: words(
            "两种级别都在接到报障满 60 分钟仍未响应时升级一次，进上级领导的队列；以后每 30 分钟再升一级，最后一级同时告知主管单位，直到有人响应或接手。上级是谁由值班表写明，没有写的通知运维单位全部负责人。每一步都是签名的记录：通知了谁、何时、应于何时；重启、断电、多个进程都不会漏、不会重。上级接手即为上级的响应，超时的结论不变。每一步除进入队列和手机外，还发到单位设置的通知渠道（企业微信群、钉钉群、邮箱、签名的系统接口），留投递记录，失败自动重试，放弃后可手工重发。",
            "At either level, once 60 minutes have passed since the report without a response, the work order escalates once, into the superior's queue; every 30 minutes after that one rung further, the last of which also informs the authority, until somebody responds or takes over. The duty roster names the leaders; without any, all managers of the provider are told. Each step is a signed record of who was told, when, and since when it was due; no restart, power cut or second process loses or repeats one. A leader's takeover is the leader's response; late stays late. Besides queue and phones each step goes to the channels an organisation has set up (WeCom or DingTalk group, mailbox, signed webhook), with a record of every delivery, retried, and sent again by hand once given up.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/sla/escalation.rs",
            "server/domain/src/work_order/steps.rs",
            "server/api/src/intake/alert.rs",
            "server/api/src/timers.rs",
            "server/api/src/escalations.rs",
            "server/api/src/channels",
        ],
        tests: &[
            "server/domain/src/work_order/tests/steps.rs::each_step_of_a_response_is_due_at_its_second_and_not_before",
            "server/domain/src/work_order/tests/steps.rs::never_twice_and_never_lost",
            "tests/integration/flows/escalation.rs::from_the_report_up_the_ladder_to_whoever_takes_over",
            "tests/integration/flows/escalation.rs::two_processes_say_each_step_once",
            "tests/integration/flows/channel_trouble.rs::killed_after_sending_it_goes_out_again_under_the_same_name",
            "tests/e2e/specs/channels.spec.mjs::what did not arrive is shown with its reason, and sent again by hand",
        ],
        screens: &[ESCALATIONS, ROSTER, CHANNELS, WORK_ORDER],
    },
    Entry {
        number: "9.3 a",
        demand: words(
            "远程修复：一般问题 2 小时内；涉及程序问题 8 小时内；涉及业务部门数据接口问题由相关单位尽快修复。",
            "Remote repair: ordinary problems within 2 hours, programs within 8; data interfaces of a department by that unit as soon as possible.",
        ),
        answer: words(
            "「一般问题」读作普通问题，与故障级别无关，否则严重故障就没有修复时限。修复类别由技术员选定；时限从接到报障起算；数据接口问题没有固定时限。现场管理人员说「未解决」的，继续计时。",
            "“一般问题” is read as an ordinary problem, whatever the level of the fault; otherwise severe faults would have no limit. The technician names the repair class; the limit runs from the report; data interfaces have no fixed limit. After “not solved” the clock runs on.",
        ),
        state: State::InPart(words(
            "转给数据接口单位的子工单；改类别后新旧时限并列；填处理记录之前还不显示远程修复时限。",
            "A sub-order to the unit of the data interface; old and new limit side by side after the class is changed; before the work is recorded, the remote limit is not shown.",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/sla/policy.rs",
            "server/domain/src/work_order/judge.rs",
        ],
        tests: &[
            "server/domain/src/sla/policy.rs::repair_limits_are_those_of_9_3",
            "server/domain/src/work_order/tests/judgement.rs::a_repair_without_a_fixed_limit_is_never_late",
            "server/domain/src/work_order/tests/judgement.rs::not_solved_lets_the_repairs_clock_run_on",
        ],
        screens: &[WORK, WORK_ORDER],
    },
    Entry {
        number: "9.3 b",
        demand: words(
            "现场修复：一般问题到场后 12 小时内；更换硬件 48 小时内；整机更换有替换设备的 5 天内，无替换设备的尽快送修或换机。",
            "On-site repair: ordinary problems within 12 hours after arrival; hardware parts within 48; a whole machine within 5 days if there is a spare, else it goes to the supplier as soon as possible.",
        ),
        answer: words(
            "都从证明的到场时刻起算，天按 24 小时计。标准的现场部分没有程序问题，按 12 小时判。到场只能证明到一段时间的，显示最早的期限：按它完成必定达标。配件和序列号记入工单。",
            "All run from the proved arrival; a day is 24 hours. For programs the standard names no limit on site; they are judged by the 12 hours. Where the arrival is a span, the earliest deadline is shown: who keeps it has surely kept the limit. Parts and serial numbers go into the work order.",
        ),
        state: State::InPart(words(
            "有无备用机之分（现在一律 5 天）；送修、换机的跟踪；改类别后新旧时限并列。",
            "Whether there is a spare (5 days for all, today); tracking what went to the supplier; old and new limit side by side after the class is changed.",
        )),
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/sla/policy.rs",
            "server/domain/src/work_order/judge.rs",
            "pwa/src/features/work/PartsEditor.vue",
        ],
        tests: &[
            "server/domain/src/sla/policy.rs::repair_limits_are_those_of_9_3",
            "server/domain/src/work_order/tests/judgement.rs::the_earliest_possible_arrival_sets_the_repairs_deadline",
        ],
        screens: &[WORK, EVIDENCE],
    },
    Entry {
        number: "9.3 c",
        demand: words(
            "超过 9.3 a、9.3 b 的修复时间，修复响应升级，由上级管理领导组织修复。",
            "Past the times of 9.3 a and b the repair escalates, and the superior organises it.",
        ),
        answer: words(
            "修复期限一过即升级一次，进上级领导的队列，以后每 30 分钟再升一级，直到有人接手；接手后留在队列里直到修复。期限已过之后再改修复类别的，按改之前的期限照样升级，不能借改类别掩盖超时。每一步也发到单位的通知渠道。",
            "Once the limit has passed the repair escalates, into the superior's queue, and every 30 minutes one rung further until somebody takes over; it then stays in the queue until it is repaired. Naming another class after a limit had passed does not take back that it was late: it escalates by the former limit. Each step goes to the organisation's channels, too.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/sla/escalation.rs",
            "server/domain/src/work_order/steps.rs",
        ],
        tests: &[
            "server/domain/src/work_order/tests/steps.rs::calling_it_something_slower_afterwards_does_not_hide_that_it_was_late",
            "tests/integration/flows/escalation.rs::a_late_repair_goes_up_and_stays_in_the_queue_until_it_is_repaired",
            "tests/integration/flows/channels.rs::each_hears_only_what_concerns_it_and_what_it_wants",
        ],
        screens: &[ESCALATIONS, CHANNELS, WORK_ORDER],
    },
    Entry {
        number: "9.4",
        demand: words(
            "故障处理完成后，现场设备管理人员应在运维工单作出处理评价。",
            "After the fault is handled, the site's equipment manager evaluates it on the work order.",
        ),
        answer: words(
            "技术员把手机交给现场管理人员：读摘要、选是否解决、打分、手写签名，签名绑定到所显示的内容；远程修复同样要评价。说「未解决」即重开；签后又改了记录的，须重新签。技术员不能评价自己。也可用一次性链接在管理人员自己的手机上评价（扫码、转发或打印，72 小时、一次有效、可撤回，处理情况再变即失效），或登录后评价；此时由服务器签名，结论、证据包、报告都写明不证明提交人身份和位置。修复后 3 个工作日无人评价的，自动按「未评价」关闭，不计为满意，补评仍有效。",
            "The technician hands the phone over: the site manager reads the summary, says whether it is solved, rates and signs by hand, bound to what was shown; remote repairs are evaluated too. “Not solved” reopens; a record changed later must be signed again. Nobody evaluates their own work. Or on the manager's own phone through a one-time link (scanned, passed on or printed; once, 72 hours, can be taken back, void when the work goes on), or signed in; then the server signs, and verdict, bundle and report say that who sent it and from where is not proved. What nobody evaluates within 3 working days closes as not evaluated, never as satisfied; a later evaluation still counts.",
        ),
        state: State::Works,
        part: Part::WorkOrders,
        code: &[
            "server/domain/src/work_order/summary.rs",
            "server/domain/src/work_order/link.rs",
            "server/domain/src/work_order/closing.rs",
            "server/api/src/evaluations.rs",
            "server/api/src/public/evaluation",
            "server/domain/src/refusal.rs",
            "pwa/src/features/hand-over",
        ],
        tests: &[
            "tests/e2e/specs/main-story.spec.mjs::the site manager reads, rates and signs by hand; an empty signature is refused",
            "tests/integration/flows/bad_evaluations.rs::a_signature_that_proves_nothing_is_set_aside",
            "tests/integration/flows/stale_evaluation.rs::a_later_work_record_leaves_the_evaluation_frozen_and_stale",
            "tests/integration/routes/public/evaluation.rs::not_solved_opens_the_work_order_again",
            "tests/integration/flows/evaluation_by_link.rs::a_bundle_proves_it_and_says_what_it_does_not_prove",
            "tests/integration/flows/closing.rs::it_closes_a_millisecond_after_its_time_exactly_once",
            "tests/e2e/specs/evaluation-link.spec.mjs::the site manager scans the link, rates and signs on a phone of their own, once",
            "server/domain/src/work_order/tests/stage.rs::not_solved_refuses_every_restoration_before_it",
        ],
        screens: &[
            HAND_OVER,
            EVALUATION_LINK,
            EVALUATE,
            EVALUATION_PAGE,
            EVIDENCE,
        ],
    },
    planned(
        "9.5",
        Part::Governing,
        words(
            "主管单位不定期抽查运维工单，回访实施情况；有异常的，再次运维并再次回访。",
            "The authority samples work orders irregularly and follows them up; abnormal ones are served and followed up again.",
        ),
        words(
            "计划：按公布的名单和种子抽查，任何人可重算；回访异常的工单再次服务、再次回访，直到正常；未评价的优先抽查。",
            "Planned: samples are drawn from a committed list with a public seed, and anybody can redo the draw; an abnormal work order is served and followed up again until it is normal; what was not evaluated is drawn first.",
        ),
    ),
];
