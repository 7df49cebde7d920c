use super::*;

fn actor(role: Role) -> Actor {
    Actor {
        person: "P-0001".parse().unwrap(),
        role,
        org: "O-OWN".parse().unwrap(),
        district: Some("FT".parse().unwrap()),
    }
}

/// A thing that is in every respect the actor's own.
fn own() -> Subject {
    Subject {
        district: Some("FT".parse().unwrap()),
        provider: Some("O-OWN".parse().unwrap()),
        site_unit: Some("O-OWN".parse().unwrap()),
        technician: Some("P-0001".parse().unwrap()),
    }
}

/// A thing that is in every respect somebody else's.
fn other() -> Subject {
    Subject {
        district: Some("NS".parse().unwrap()),
        provider: Some("O-OTHER".parse().unwrap()),
        site_unit: Some("O-OTHER".parse().unwrap()),
        technician: Some("P-0002".parse().unwrap()),
    }
}

/// Columns as in [`Action::ALL`]: read work order, read evidence, report, assign, file, answer a filing,
/// respond, read escalations, take over, read roster, manage roster, manage channels, link for an evaluation, relay code, record work, enrol device, revoke device, approve device, read quarantine, read people, print labels,
/// manage codes, show code, read reviews, decide a review, erase, hold, read complaints, complain, answer a
/// complaint, settle intake, manage integrations, integrate, watch the log, read figures.
/// `a` anything, `o` own only, `-` never.
const TABLE: [(Role, &str); 10] = [
    (Role::Technician, "oo----------o-ooo-o----------------"),
    (Role::Dispatcher, "ooooo-oooooooa---o-o-------ooo-----"),
    (Role::ProviderManager, "ooooo-ooooooo---oooooo-----ooo----o"),
    (Role::SiteManager, "ooo---------o-------o-o------------"),
    (
        Role::DistrictAuthority,
        "oo---o-o-a--------ooo--ooooo-o---ao",
    ),
    (Role::CityAuthority, "aa---a-a-a--------aaa--aaaaa-aa--aa"),
    (Role::Auditor, "aa-----a-a--------aa---aa-aa-----aa"),
    (Role::Hotline, "a-a---a--a---a-------------aa-a----"),
    (Role::Admin, "-----------a----aaaaaa--------aa-a-"),
    (Role::Integration, "--------------------------------o--"),
];

#[test]
fn every_role_may_exactly_what_the_table_says() {
    for ((role, row), listed) in TABLE.into_iter().zip(Role::ALL) {
        assert_eq!(role, listed);
        assert_eq!(row.len(), Action::ALL.len());
        for (action, mark) in Action::ALL.into_iter().zip(row.chars()) {
            let answers = (
                may(&actor(role), action, &own()),
                may(&actor(role), action, &other()),
            );
            let expected = match mark {
                'a' => (true, true),
                'o' => (true, false),
                _ => (false, false),
            };
            assert_eq!(answers, expected, "{role:?} {action:?}");
        }
    }
}

#[test]
fn what_is_nobodys_is_not_ones_own() {
    for (role, row) in TABLE {
        for (action, mark) in Action::ALL.into_iter().zip(row.chars()) {
            assert_eq!(
                may(&actor(role), action, &Subject::default()),
                mark == 'a',
                "{role:?} {action:?}"
            );
        }
    }
}

#[test]
fn one_matching_member_opens_only_the_door_of_its_role() {
    let single = [
        (
            Role::Technician,
            Subject {
                technician: own().technician,
                ..other()
            },
        ),
        (
            Role::Dispatcher,
            Subject {
                provider: own().provider,
                ..other()
            },
        ),
        (
            Role::SiteManager,
            Subject {
                site_unit: own().site_unit,
                ..other()
            },
        ),
        (
            Role::DistrictAuthority,
            Subject {
                district: own().district,
                ..other()
            },
        ),
    ];
    for (index, (role, _)) in single.iter().enumerate() {
        for (at, (_, subject)) in single.iter().enumerate() {
            assert_eq!(
                may(&actor(*role), Action::ReadWorkOrder, subject),
                index == at,
                "{role:?} {subject:?}"
            );
        }
    }
}

#[test]
fn a_district_authority_without_district_sees_nothing() {
    let lost = Actor {
        district: None,
        ..actor(Role::DistrictAuthority)
    };
    assert_eq!(scope(&lost), Scope::None);
    assert!(!may(&lost, Action::ReadWorkOrder, &own()));
}

#[test]
fn reading_a_work_order_and_listing_it_agree() {
    for role in Role::ALL {
        for subject in [own(), other(), Subject::default()] {
            let listed = scope(&actor(role)).contains(&subject);
            assert_eq!(
                may(&actor(role), Action::ReadWorkOrder, &subject),
                listed,
                "{role:?} {subject:?}"
            );
        }
    }
}
