//! One item's life: created, read, replaced and deleted.

use serde_json::json;
use service::names::ITEMS_PATH;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::support::server;

#[tokio::test]
async fn an_item_is_created_read_replaced_and_deleted() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.send_json("POST", ITEMS_PATH, &[], &json!({"name": "a", "note": "b"})).await;
    assert_eq!(created.status, 201);
    assert_eq!((created.body["name"].as_str(), created.body["note"].as_str()), (Some("a"), Some("b")));
    assert_eq!(created.location(), format!("{ITEMS_PATH}/{}", created.body["id"].as_str().unwrap()));

    let path = created.location();
    let read = api.get(path).await;
    assert_eq!((read.status, &read.body, read.header("etag")), (200, &created.body, created.header("etag")));

    let tag = read.header("etag").unwrap();
    let replaced = api.send_json("PUT", path, &[("if-match", tag)], &json!({"name": "c"})).await;
    assert_eq!(
        (replaced.status, replaced.body["name"].as_str(), replaced.body["note"].as_str()),
        (200, Some("c"), Some(""))
    );
    assert_ne!(replaced.header("etag"), Some(tag));
    assert_eq!(replaced.body["created_at"], created.body["created_at"]);
    assert_eq!(api.get(path).await.body, replaced.body);

    let tag = replaced.header("etag").unwrap();
    assert_eq!(api.send("DELETE", path, &[("if-match", tag)], "").await.status, 204);
    api.get(path).await.expect_problem(404);
    api.send("DELETE", path, &[("if-match", tag)], "").await.expect_problem(404);
    api.send_json("PUT", path, &[("if-match", tag)], &json!({"name": "c"})).await.expect_problem(404);
}

#[tokio::test]
async fn times_are_rfc_3339_in_utc_and_move_forward() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.create("a", None).await;
    let time = |value: &serde_json::Value| OffsetDateTime::parse(value.as_str().unwrap(), &Rfc3339).unwrap();
    let (first, age) =
        (time(&created.body["created_at"]), OffsetDateTime::now_utc() - time(&created.body["created_at"]));
    assert!(first.offset().is_utc() && age.whole_seconds().abs() < 60);
    let any = [("if-match", "*")];
    let replaced = api.send_json("PUT", created.location(), &any, &json!({"name": "b"})).await;
    assert!(time(&replaced.body["updated_at"]) >= first);
}

#[tokio::test]
async fn a_change_needs_the_version_that_is_there() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.create("a", None).await;
    let (path, body) = (created.location(), json!({"name": "b"}));
    let put = async |tag: &str| api.send_json("PUT", path, &[("if-match", tag)], &body).await;

    api.send_json("PUT", path, &[], &body).await.expect_problem(428);
    api.send("DELETE", path, &[], "").await.expect_problem(428);
    put("1").await.expect_problem(400);
    put("\"other\"").await.expect_problem(412);
    put("W/\"1\"").await.expect_problem(412);
    assert_eq!(put("\"other\", \"1\"").await.status, 200);
    put("\"1\"").await.expect_problem(412);
    api.send("DELETE", path, &[("if-match", "\"1\"")], "").await.expect_problem(412);
    assert_eq!(api.get(path).await.header("etag"), Some("\"2\""));
    assert_eq!(put("*").await.header("etag"), Some("\"3\""));
}

#[tokio::test]
async fn text_comes_back_as_it_was_sent() {
    let server = server::start().await;
    let api = &server.api;
    for name in ["'; DROP TABLE x; --", "é 漢字 🦀", "\"\\\n\t\u{7f}\u{1}", "{{ name }} %s $1"] {
        let created = api.create(name, None).await;
        assert_eq!((created.status, created.body["name"].as_str()), (201, Some(name)));
        assert_eq!(api.get(created.location()).await.body, created.body);
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = server::start().await;
    let api = &server.api;
    let created = api.create("a", None).await;
    let head = api.try_send("HEAD", created.location(), &[], "").await.unwrap();
    assert_eq!((head.status, head.header("etag")), (200, Some("\"1\"")));
    assert!(head.body.is_null());
}
