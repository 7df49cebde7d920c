//! 11.1: who is responsible for what.

use super::screens::{DESK, DEVICES, EVIDENCE, HAND_OVER, PHONE, REVIEWS, SHOW_CODE};
use super::{Entry, Part, State, planned, words};

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        number: "11.1 a",
        demand: words(
            "市政务服务主管部门：全市运维工作的统筹管理、指导监督和考核评价。",
            "The city's authority coordinates, supervises and assesses all maintenance.",
        ),
        answer: words(
            "市级账号看全市的工单、证据和核查项，作核查决定，导出证据包，依法删除个人信息。达标、超时、无法判定分别计数，无法判定从不算作达标。",
            "City accounts see all work orders, evidence and reviews, decide reviews, export bundles and erase personal data as the law asks. Met, breached and cannot tell are counted apart; cannot tell never counts as met.",
        ),
        state: State::InPart(words(
            "考核评价：按区、单位、类别的指标，抽查回访。",
            "Assessment: figures by district, organisation and class; sampling and follow-up.",
        )),
        part: Part::Governing,
        code: &["server/domain/src/actor.rs", "server/api/src/reviews"],
        tests: &[
            "server/domain/src/actor/tests.rs::every_role_may_exactly_what_the_table_says",
            "tests/integration/routes/reviews/id/decision/post.rs::only_those_in_charge_decide_and_never_without_a_reason",
        ],
        screens: &[DESK, EVIDENCE, REVIEWS],
    },
    Entry {
        number: "11.1 b",
        demand: words(
            "各区政务服务主管部门：本区运维工作的统筹管理、指导监督，对本区总体运行情况和效果负责。",
            "Each district's authority does so in its district and answers for it.",
        ),
        answer: words(
            "区级账号只看本区：范围写在查询里，别区的工单如同不存在。能看证据、作核查决定、答复报备。",
            "District accounts see their own district: the scope is part of the query, and another district's work order does not exist for them. They read evidence, decide reviews and answer filings.",
        ),
        state: State::InPart(words(
            "本区的指标看板，抽查回访。",
            "A dashboard of the district; sampling and follow-up.",
        )),
        part: Part::Governing,
        code: &[
            "server/domain/src/actor.rs",
            "server/store/src/work_orders.rs",
        ],
        tests: &[
            "tests/integration/routes/work_orders/id/get.rs::another_districts_work_order_is_as_absent_as_one_that_never_was",
            "tests/integration/routes/reviews/get.rs::authorities_see_their_district_and_providers_see_nothing",
        ],
        screens: &[DESK, EVIDENCE, REVIEWS],
    },
    planned(
        "11.1 c",
        Part::Governing,
        words(
            "输出服务的政务服务部门：运行维护本单位入驻事项的业务系统，保障数据接口和服务稳定，数据完整、及时、有效。",
            "Departments that provide services run their own systems and keep interfaces stable and data complete, timely and valid.",
        ),
        words(
            "计划：部门角色和自己的队列，接收数据接口子工单（9.3 a）。",
            "Planned: a role and a queue of its own for sub-orders about data interfaces (9.3 a).",
        ),
    ),
    Entry {
        number: "11.1 d",
        demand: words(
            "部署网点管理单位：安全保管、现场巡检、日常导办、耗材补充和简单运维问题恢复；相关人员学习操作指引，会用、会指引。",
            "The site's unit keeps the terminals safe, inspects them, guides users, refills consumables and does simple recovery; its staff study the guide.",
        ),
        answer: words(
            "登记的设备管理人员评价并签名；终端无电时，在自己的手机上出示动态码，证明技术员到场。",
            "Registered managers evaluate and sign; when the terminal is dark they show a rotating code on their own phone, which proves that the technician is there.",
        ),
        state: State::InPart(words(
            "每日巡检；操作指引及阅读确认；耗材补充、简单恢复的登记；现场人员自己的首页。",
            "Daily inspection; the guide and that it was read; records of refills and simple recovery; a home screen for site staff.",
        )),
        part: Part::Governing,
        code: &[
            "server/domain/src/register.rs",
            "server/api/src/codes/kiosks.rs",
        ],
        tests: &[
            "server/domain/src/register.rs::only_registered_managers_manage_a_site",
            "tests/integration/routes/terminals/terminal/manager_code/post.rs::only_managers_of_the_site_show_it",
        ],
        screens: &[HAND_OVER, SHOW_CODE],
    },
    planned(
        "11.1 e",
        Part::Governing,
        words(
            "各专业终端管理部门：负责本部门建设管理的终端的运维，对总体运行情况和效果负责。",
            "Specialist departments are responsible for the terminals they built and run.",
        ),
        words(
            "计划：跨区的专业主管角色。登记册已记每台终端的主管单位，还没有角色使用它。",
            "Planned: a role for specialist authorities across districts. The register names the authority of each terminal; no role uses it yet.",
        ),
    ),
    Entry {
        number: "11.1 f",
        demand: words(
            "运维服务提供方：承担运维具体工作，对服务质量和成效负责。",
            "The provider does the work and answers for its quality.",
        ),
        answer: words(
            "运维经理、调度、技术员三种角色，只看本单位：派单、改派、现场处理、管理手机和终端码。技术员只看派给自己的工单。",
            "Manager, dispatcher and technician see their own organisation: assigning and reassigning, work on site, phones and codes. A technician sees the work orders given to them.",
        ),
        state: State::InPart(words(
            "供应商角色；值班和调度板；服务质量指标。",
            "A role for suppliers; a dispatch board; figures of quality.",
        )),
        part: Part::Governing,
        code: &[
            "server/domain/src/actor.rs",
            "server/api/src/work_orders.rs",
        ],
        tests: &[
            "tests/integration/routes/work_orders/id/assignment/post.rs::the_last_one_named_has_it_and_both_hear_of_it",
            "tests/integration/routes/work_orders/get.rs::everybody_sees_their_own_and_the_total_tells_no_more",
        ],
        screens: &[DESK, PHONE, DEVICES],
    },
];
