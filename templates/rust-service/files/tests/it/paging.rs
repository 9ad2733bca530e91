//! Pages neither repeat nor skip what exists during the whole walk, whatever comes and goes meanwhile.

use std::collections::HashSet;

use service::names::ITEMS_PATH;

use super::support::{Api, server};

async fn page(api: &Api, cursor: Option<&str>, limit: usize) -> (Vec<String>, Option<String>) {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let page = api.get(&format!("{ITEMS_PATH}?limit={limit}{cursor}")).await;
    assert_eq!(page.status, 200);
    let items = page.body["items"].as_array().unwrap().iter();
    let ids = items.map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    (ids, page.body["next_cursor"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn pages_come_in_the_order_of_creation() {
    let server = server::start().await;
    let api = &server.api;
    assert_eq!(page(api, None, 10).await, (Vec::new(), None));
    let mut created = Vec::new();
    for number in 0..7 {
        created.push(api.create(&number.to_string(), None).await.body["id"].as_str().unwrap().to_owned());
    }
    let (first, cursor) = page(api, None, 3).await;
    let (second, next) = page(api, cursor.as_deref(), 3).await;
    let (third, last) = page(api, next.as_deref(), 3).await;
    assert_eq!([first, second, third].concat(), created);
    assert_eq!(last, None);
    // A full last page is the last one, and says so.
    assert_eq!(page(api, None, 7).await, (created, None));
}

#[tokio::test]
async fn a_walk_sees_every_lasting_item_once_while_others_come_and_go() {
    let server = server::start().await;
    let api = &server.api;
    let (mut lasting, mut passing) = (HashSet::new(), Vec::new());
    for number in 0..30 {
        let created = api.create(&number.to_string(), None).await;
        let path = created.location().to_owned();
        if number % 3 == 0 {
            passing.push(path);
        } else {
            lasting.insert(path.rsplit('/').next().unwrap().to_owned());
        }
    }
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let (ids, next) = page(api, cursor.as_deref(), 4).await;
        seen.extend(ids);
        // Between two pages one goes, perhaps the very one that the cursor names, and one comes.
        if let Some(path) = passing.pop() {
            assert_eq!(api.send("DELETE", &path, &[("if-match", "*")], "").await.status, 204);
            let _ = api.create("new", None).await;
        }
        let last = seen.last().map(|id| format!("{ITEMS_PATH}/{id}")).filter(|path| passing.contains(path));
        if let Some(path) = last {
            assert_eq!(api.send("DELETE", &path, &[("if-match", "*")], "").await.status, 204);
            passing.retain(|other| *other != path);
        }
        match next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let distinct: HashSet<_> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "an item was repeated");
    assert!(lasting.is_subset(&distinct), "an item was skipped");
}
