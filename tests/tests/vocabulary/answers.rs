//! `GET /v1/vocabulary` and `GET /v1/vocabulary/{set}`, as a client meets them.

use safar_tests::http::TestApp;
use serde_json::Value;

const WORKERS: [&str; 4] = ["sw-galaba", "tb-kz-shymkent-1", "co-iom-dushanbe", "in-tj-register"];

fn item<'a>(answer: &'a Value, code: &str) -> &'a Value {
    let items = answer["items"].as_array().expect("items");
    items.iter().find(|item| item["code"] == code).expect(code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_works_here_reads_the_sets_with_their_versions() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    for worker in WORKERS {
        let list = app.as_(worker).get("/v1/vocabulary").send().await.expect(200).json();
        let sets = list["items"].as_array().expect("items");
        let outcomes = sets.iter().find(|set| set["set"] == "outcomes").expect("outcomes");
        assert_eq!(outcomes["definitions"], "who-2021");
        assert!(outcomes["version"].as_str().is_some_and(|version| version.starts_with("20")));
    }
    app.anonymously().get("/v1/vocabulary/sites").send().await.problem(401, "token_missing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_is_read_in_each_language_and_says_whose_words_they_are() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let who = app.as_("sw-galaba");
    for (lang, label, sourced) in
        [("en", "cured", false), ("ru", "Излечен", true), ("tg", "Шифо ёфт", true), ("kk", "жазылды", false)]
    {
        let answer = who.get(&format!("/v1/vocabulary/outcomes?lang={lang}")).send().await.expect(200).json();
        assert_eq!(answer["lang"], lang);
        let cured = item(&answer, "cured");
        assert_eq!((cured["label"].as_str(), cured["sourced"].as_bool()), (Some(label), Some(sourced)));
        assert_eq!(cured["snomed"], "371001000");
    }
    let default = who.get("/v1/vocabulary/outcomes").send().await.expect(200).json();
    assert_eq!(default["lang"], "en");
    let negotiated = who.get("/v1/vocabulary/outcomes").header("accept-language", "uz, tg;q=0.8, ru;q=0.5");
    let negotiated = negotiated.send().await.expect(200);
    assert_eq!(
        (negotiated.json()["lang"].as_str(), negotiated.header("content-language")),
        (Some("tg"), "tg")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_regimen_says_its_phases_its_eligibility_and_its_warnings() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let answer = app.as_("sw-galaba").get("/v1/vocabulary/regimens?lang=ru").send().await.expect(200).json();
    let bpalm = &item(&answer, "BPaLM")["regimen"];
    assert_eq!((bpalm["months"].as_u64(), bpalm["minimum_age"].as_u64()), (Some(6), Some(14)));
    assert_eq!(bpalm["fluoroquinolone"], "not_resistant");
    assert_eq!(item(&answer, "2HRZE/4HR")["regimen"]["phases"][0]["name"], "intensive");
    assert_eq!(item(&answer, "BLLfxCZ")["regimen"]["warnings"][0], "regimen_not_verified");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_set_is_not_found_and_an_unknown_language_is_refused() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let who = app.as_("sw-galaba");
    who.get("/v1/vocabulary/no-such-set").send().await.problem(404, "not_found");
    who.get("/v1/vocabulary/sites?lang=de").send().await.problem(400, "invalid_query");
    who.get("/v1/vocabulary/sites?lang=RU").send().await.problem(400, "invalid_query");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_words_already_is_not_sent_them_again() -> anyhow::Result<()> {
    let app = TestApp::sqlite().await?;
    let who = app.as_("sw-galaba");
    let first = who.get("/v1/vocabulary/sites?lang=tg").send().await.expect(200);
    let tag = first.header("etag").to_owned();
    assert!(tag.len() > 10 && tag.starts_with('"'));
    let ask = |path: &str, tag: &str| who.get(path).header("if-none-match", tag);
    for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}")] {
        let again = ask("/v1/vocabulary/sites?lang=tg", &known).send().await.expect(304);
        assert!(again.body.is_empty() && again.header("etag") == tag);
    }
    // The control: another language, another set and another tag are sent.
    for (path, tag) in [
        ("/v1/vocabulary/sites?lang=kk", tag.as_str()),
        ("/v1/vocabulary/outcomes?lang=tg", &tag),
        ("/v1/vocabulary/sites?lang=tg", "\"other\""),
    ] {
        ask(path, tag).send().await.expect(200);
    }
    Ok(())
}
