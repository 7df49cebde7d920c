//! 10.2: what is done about crashes, stutter, error messages and pages that cannot be reached.

use super::screens::{WORK, WORK_ORDER};
use super::{Entry, Part, State, Words, planned, words};

const WORKING_DAY: Words = words(
    "计划：读作下一个工作日的同一时刻，非工作日接到的从下一个工作日零点起算；与 9.3 的时限各判各的，先到的显示为倒计时。工作日历（2024 至 2026 年，含调休）已有，还没有时限用它。",
    "Planned: read as the same time of the next working day, counted from the next working day's start if it came on a day off; judged beside the limit of 9.3, the earlier one shown as the countdown. The calendar of working days (2024 to 2026, with make-up days) is there; no clock uses it yet.",
);

const ONE_HOUR: Words = words(
    "计划：工单里的一步，有自己的一小时；三步从响应起并行，因为每句各有「1 小时内」。现在只有「应用页面无法访问」这个分类（严重）。",
    "Planned: a step in the work order with an hour of its own; the three run side by side from the response, because each sentence has its own “within 1 hour”. Today there is only the class “page cannot be reached” (severe).",
);

pub(super) const ENTRIES: &[Entry] = &[
    planned(
        "10.2.1 a",
        Part::WorkOrders,
        words(
            "服务无响应或闪退超过 30 分钟的，应在服务中显示异常提示。",
            "If a service does not respond or crashes for more than 30 minutes, the service shows a notice.",
        ),
        words(
            "计划：从最早的告警或报障起 30 分钟未恢复，就在扫码页显示异常提示，并由接口提供给终端软件。现在扫码页只写明已报修、处理中。",
            "Planned: 30 minutes after the earliest alarm or report the page behind the QR code shows the notice, and an address gives it to the terminal's software. Today the page only says that the fault is reported and being repaired.",
        ),
    ),
    planned(
        "10.2.1 b",
        Part::WorkOrders,
        words(
            "应在 1 个工作日内修复，恢复正常服务。",
            "Repaired within 1 working day.",
        ),
        WORKING_DAY,
    ),
    Entry {
        number: "10.2.2 a",
        demand: words(
            "排查应用卡顿原因。",
            "The cause of the stutter is looked for.",
        ),
        answer: words(
            "处理记录必须写明故障原因，没有处理记录不能登记修复完成；排查过程可随时作为备注写入工单。",
            "A record of work must name the cause, and without one nothing can be marked as restored; what was tried can be noted in the work order at any time.",
        ),
        state: State::InPart(words(
            "按条款列出的排查步骤。",
            "The steps of the clause as a checklist.",
        )),
        part: Part::WorkOrders,
        code: &["server/domain/src/refusal.rs", "pwa/src/features/work"],
        tests: &[
            "server/domain/src/refusal/tests.rs::each_rule_refuses_what_it_should_and_nothing_else",
        ],
        screens: &[WORK, WORK_ORDER],
    },
    planned(
        "10.2.2 b",
        Part::WorkOrders,
        words(
            "应在 1 个工作日内优化整改，恢复正常服务。",
            "Optimised within 1 working day.",
        ),
        WORKING_DAY,
    ),
    planned(
        "10.2.3 a",
        Part::WorkOrders,
        words(
            "登录管理后台，通过错误信息提示及日志定位问题。",
            "The problem is located in the back end by its message and the log.",
        ),
        words(
            "计划：工单里的一步，附日志出处。现在只能写成备注。",
            "Planned: a step in the work order with a reference to the log. Today it can only be noted as text.",
        ),
    ),
    planned(
        "10.2.3 b",
        Part::WorkOrders,
        words(
            "在 1 个工作日内修复，恢复正常服务。",
            "Repaired within 1 working day.",
        ),
        WORKING_DAY,
    ),
    planned(
        "10.2.4 a",
        Part::WorkOrders,
        words(
            "1 小时内完成服务接口检查，分析接口访问日志，排查错误。",
            "Within 1 hour the service interface is checked and its access log analysed.",
        ),
        ONE_HOUR,
    ),
    planned(
        "10.2.4 b",
        Part::WorkOrders,
        words(
            "1 小时内检查域名解析配置，检查网络配置。",
            "Within 1 hour name resolution and network configuration are checked.",
        ),
        ONE_HOUR,
    ),
    planned(
        "10.2.4 c",
        Part::WorkOrders,
        words(
            "1 小时内优化客户端负载，可采取增加接口缓存、负载均衡、扩容等措施。",
            "Within 1 hour the load is relieved: caching, balancing, more capacity.",
        ),
        ONE_HOUR,
    ),
];
