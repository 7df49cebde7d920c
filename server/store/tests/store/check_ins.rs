//! Check-ins: counted within what the asker may see, and replaced with the work order they belong to.

use domain::actor::Scope;
use rstest::rstest;
use store::{CANNOT_TELL, CheckInQuery, CheckInRow, ReviewChange, Store};

use crate::support::{Engine, open};

fn check_in(event: &str, (district, provider): (&str, &str), result: &str, at: i64) -> CheckInRow {
    CheckInRow {
        event: event.to_owned(),
        wo: format!("WO-{event}"),
        district: district.to_owned(),
        provider: provider.to_owned(),
        terminal: "SZ-FT-010017".to_owned(),
        person: "P-0001".to_owned(),
        result: result.to_owned(),
        earliest: at - 10,
        latest: at + 10,
    }
}

async fn write(store: &Store, check_ins: Vec<CheckInRow>) {
    let state = store.review_state().await.unwrap();
    let work_orders = check_ins.iter().map(|row| row.wo.clone()).collect();
    let change = ReviewChange {
        version: state.version,
        n: state.n + 1,
        work_orders,
        check_ins,
        ..ReviewChange::default()
    };
    store.change_reviews(change).await.unwrap();
}

fn query(scope: Scope) -> CheckInQuery {
    CheckInQuery {
        scope,
        from: 1_000,
        to: 2_000,
        district: None,
        provider: None,
    }
}

/// Sorted: district, result, whether inside, and how many.
async fn counted(store: &Store, query: &CheckInQuery) -> Vec<(String, String, bool, i64)> {
    let counts = store.count_check_ins(query).await.unwrap();
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|it| (it.district, it.result, it.inside, it.count))
        .collect();
    counts.sort();
    counts
}

fn number(district: &str, result: &str, inside: bool, count: i64) -> (String, String, bool, i64) {
    (district.to_owned(), result.to_owned(), inside, count)
}

#[rstest]
#[tokio::test]
async fn each_is_counted_once_within_scope_and_span(
    #[values(Engine::Memory, Engine::RocksDb)] engine: Engine,
) {
    let store = open(engine).await;
    let (ft, ns) = (("FT", "O-KEDA"), ("NS", "O-RIVAL"));
    let rows = vec![
        check_in("a", ft, "strong", 1_500),
        check_in("b", ft, "strong", 1_600),
        check_in("c", ft, "weak", 1_500),
        // At either edge, and beyond.
        check_in("d", ft, "strong", 1_009),
        check_in("e", ft, "strong", 1_990),
        check_in("f", ft, "strong", 989),
        check_in("g", ft, "strong", 2_010),
        check_in("h", ns, CANNOT_TELL, 1_500),
    ];
    write(&store, rows).await;
    let futian = [
        number("FT", "strong", false, 2),
        number("FT", "strong", true, 2),
        number("FT", "weak", true, 1),
    ];
    let nanshan = [number("NS", CANNOT_TELL, true, 1)];
    let everywhere = [&futian[..], &nanshan].concat();
    assert_eq!(counted(&store, &query(Scope::All)).await, everywhere);
    let of_futian = Scope::District("FT".parse().unwrap());
    assert_eq!(counted(&store, &query(of_futian.clone())).await, futian);
    let of_rival = Scope::Provider("O-RIVAL".parse().unwrap());
    assert_eq!(counted(&store, &query(of_rival)).await, nanshan);
    for nothing in [
        Scope::None,
        Scope::SiteUnit("O-KEDA".parse().unwrap()),
        Scope::Technician("P-0001".parse().unwrap()),
    ] {
        assert!(counted(&store, &query(nothing.clone())).await.is_empty());
        let nothing = query(nothing);
        let listed = store.list_check_ins(&nothing, "strong", 0, 9).await;
        assert_eq!(listed.unwrap(), (Vec::new(), 0));
    }
    let other = CheckInQuery {
        district: Some("NS".to_owned()),
        ..query(of_futian.clone())
    };
    assert!(
        counted(&store, &other).await.is_empty(),
        "narrowing widens nothing"
    );
    let listed = async |result, offset, max| {
        let all = query(Scope::All);
        let found = store.list_check_ins(&all, result, offset, max).await;
        let (rows, total) = found.unwrap();
        let events: Vec<String> = rows.into_iter().map(|row| row.event).collect();
        (events.join(" "), total)
    };
    assert_eq!(listed("strong", 0, 9).await, ("b a".to_owned(), 2));
    assert_eq!(listed("strong", 1, 1).await, ("a".to_owned(), 2));
    assert_eq!(listed(CANNOT_TELL, 0, 9).await, ("e h d".to_owned(), 3));
    // Judged again: replaced, not added.
    write(&store, vec![check_in("a", ft, "weak", 1_500)]).await;
    assert_eq!(listed("strong", 0, 9).await, ("b".to_owned(), 1));
    assert_eq!(listed("weak", 0, 9).await.1, 2);
    store.forget_reviews().await.unwrap();
    assert!(counted(&store, &query(Scope::All)).await.is_empty());
}
