//! Chapters 1 to 5: scope, references, terms, abbreviations, framework.

use super::screens::{CODES, STANDARD, TERMINAL};
use super::{Entry, Part, State, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        number: "1",
        demand: words(
            "规定政务服务自助服务终端的运维；适用于深圳市。",
            "Covers operation and maintenance of government self-service terminals; applies to Shenzhen.",
        ),
        answer: words(
            "只管这些终端的运维：每张工单都属于登记册里的一台终端。一套系统管一个城市，下分各区。标准的其他部分（总体、业务、设备、体验、部署、安全）不在范围内。",
            "Only the maintenance of these terminals: every work order belongs to one terminal of the register. One installation is one city with its districts. The other parts of the standard (general, business, devices, user experience, deployment, security) are out of scope.",
        ),
        state: State::Works,
        part: Part::Governing,
        code: &[
            "server/domain/src/register.rs",
            "server/domain/src/actor.rs",
        ],
        tests: &[
            "tests/integration/routes/reports/post.rs::bad_members_are_named",
            "server/domain/src/actor/tests.rs::a_district_authority_without_district_sees_nothing",
        ],
        screens: &[],
    },
    Entry {
        number: "2",
        demand: words("没有规范性引用文件。", "There are no normative references."),
        answer: words(
            "没有可照搬的外部规定，所以判定用的每个数字和起算点都写在一份有版本、有生效日期的规则里，首版自标准实施日 2024-10-01 起。工单终身按报障时的版本判定。",
            "Nothing can be taken from elsewhere, so every number and every starting point that a verdict uses stands in a policy with a version and a date, the first from 2024-10-01, when the standard took effect. A work order is judged for ever by the version of its report.",
        ),
        state: State::Works,
        part: Part::Governing,
        code: &["server/domain/src/sla/policy.rs"],
        tests: &[
            "server/domain/src/sla/policy.rs::the_digest_names_every_number",
            "server/store/tests/store/register.rs::policies_are_known_by_hash_and_listed_by_when_they_took_effect",
        ],
        screens: &[],
    },
    Entry {
        number: "3",
        demand: words(
            "没有需要界定的术语和定义。",
            "There are no terms to define.",
        ),
        answer: words(
            "标准没有定义「响应」「到达」，由我们写明。响应：责任方第一个由人做出的动作（接单、电话、消息、开始远程排查），自动回复不算。到达：由终端码和与围栏相符的定位（没有定位时由现场管理人员出示的动态码）证明的最早时刻，结果是一段时间，不是一个时刻。其余用语见 GLOSSARY.md。",
            "“Response” and “arrival” are not defined, so we say what they are. Response: the first act of a human on the responsible side (accepting, a call, a message, the start of remote diagnosis); an automatic answer is none. Arrival: the earliest moment proved by the terminal's code and a position that agrees with the fence, or, without a position, the rotating code that the site manager shows; the result is a span, not an instant. Other words: GLOSSARY.md.",
        ),
        state: State::Works,
        part: Part::Governing,
        code: &[
            "GLOSSARY.md",
            "server/domain/src/presence.rs",
            "server/domain/src/work_order/judge.rs",
        ],
        tests: &[
            "server/domain/src/work_order/tests/judgement.rs::only_acts_that_the_policy_names_are_a_response",
            "server/domain/src/work_order/tests/judgement.rs::an_arrival_is_in_time_only_if_somebody_was_surely_there",
        ],
        screens: &[],
    },
    Entry {
        number: "4",
        demand: words(
            "缩略语：IP、ITIL、SQL、UPS、PDCA。",
            "Abbreviations: IP, ITIL, SQL, UPS, PDCA.",
        ),
        answer: words(
            "IP 互联网协议；ITIL 信息技术基础架构库；SQL 结构化查询语言；UPS 不间断电源；PDCA 计划、实施、检查、处理。本系统只在这些意思上使用。",
            "IP: Internet Protocol. ITIL: Information Technology Infrastructure Library. SQL: Structured Query Language. UPS: Uninterruptible Power System. PDCA: Plan, Do, Check, Act. This product uses them in no other sense.",
        ),
        state: State::Works,
        part: Part::Governing,
        code: &["server/api/src/standard"],
        tests: &[
            "tests/integration/routes/public/standard.rs::every_clause_stands_on_the_page_in_both_languages",
        ],
        screens: &[STANDARD],
    },
    planned(
        "5 ¶1",
        Part::Governing,
        words(
            "运维管理框架参照 ITIL 和 ISO 20000；设备管理遵循 PDCA 运维服务体系。",
            "The framework follows ITIL and ISO 20000; devices are managed by PDCA.",
        ),
        words(
            "计划：超时、重开、回访异常的工单都可以提出改进措施，写明阶段、负责人和期限，检查合格前不关闭。",
            "Planned: any overdue, reopened or abnormal work order can raise an improvement action with stage, owner and due date, open until it is checked.",
        ),
    ),
    Entry {
        number: "5 ¶2",
        demand: words(
            "各类实体均按运维管理体系要求维护。",
            "Every entity in the standard is kept under the management system.",
        ),
        answer: words(
            "终端、点位、单位、人员、终端码有登记册。终端和点位每次变更都是新版本，旧版本不删除；工单按报障时的终端版本判定，事后挪动坐标改变不了结论。",
            "Terminals, sites, organisations, people and codes have registers. Each change of a terminal or site is a new version and the old one stays; a work order is judged by the terminal as it was at the report, so moving it later changes no verdict.",
        ),
        state: State::InPart(words(
            "应用、网络、合同、备件的登记册；在界面上新增、变更、停用及其理由；表格导入。",
            "Registers of applications, networks, contracts and spare parts; screens to add, change and retire, with reasons; import of spreadsheets.",
        )),
        part: Part::Governing,
        code: &["server/store/src/register.rs", "server/api/src/register.rs"],
        tests: &[
            "server/store/tests/store/register.rs::a_moved_terminal_keeps_the_version_work_orders_were_born_under",
            "tests/integration/flows/terminal_moved.rs::a_terminal_moved_after_the_report_changes_no_verdict",
        ],
        screens: &[CODES, TERMINAL],
    },
];
