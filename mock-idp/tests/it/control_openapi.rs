//! `/_mock/openapi.json` and `/_mock/openapi`: the control API described, for programs and for people.

use crate::support::Mock;

#[tokio::test]
async fn the_description_is_what_it_is() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.outside("/_mock/openapi.json")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    insta::assert_json_snapshot!(answer.json(), { ".info.version" => "[version]" });
    assert_eq!(mock.get(&mock.at("/_mock/openapi.json")).await.body, answer.body, "below an issuer too");
}

#[tokio::test]
async fn the_page_names_every_call_and_needs_no_script() {
    let mock = Mock::start().await;
    let document = mock.get(&mock.outside("/_mock/openapi.json")).await.json();
    let page = mock.get(&mock.outside("/_mock/openapi")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!page.body.contains("<script") && !page.body.contains('`'), "{}", page.body);
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap())
    {
        let Some(id) = operation.1["operationId"].as_str() else { continue };
        assert_eq!(page.body.matches(&format!("<details id=\"{id}\">")).count(), 1, "{id}");
    }
    for shape in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("<h3 id=\"shape-{shape}\">")), "{shape}");
    }
}

#[tokio::test]
async fn every_link_of_the_page_leads_somewhere() {
    let mock = Mock::start().await;
    let page = mock.get(&mock.outside("/_mock/openapi")).await.body;
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
    }
}
