//! Good tokens of those who may no longer come in, and what a client says of where it comes from.

use safar_tests::http::{Engine, TestApp};
use serde_json::json;

use crate::{
    scene::{self, ADMINISTRATOR, GALABA, SHYMKENT},
    unchanged::Unchanged,
};

/// A token says who somebody is; whether they still work here is asked of the directory at each request.
pub(crate) async fn a_good_token_ends_with_its_worker_their_organisation_and_its_time(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let (galaba, chashma) = (app.as_(GALABA), app.as_("sw-chashma"));
    galaba.get(&opened.path("")).send().await.expect(200);
    chashma.get("/v1/me").send().await.expect(200);
    let administrator = app.as_(ADMINISTRATOR);
    for gone in [format!("workers/{GALABA}"), "organisations/ngo-chashma".to_owned()] {
        let path = format!("/v1/directory/{gone}/deactivate");
        administrator.post(&path, &json!({})).send().await.expect(200);
    }
    app.settle().await;
    let unchanged = Unchanged::from_here(&app).await;
    for (who, what) in [
        (&galaba, "a disabled worker"),
        (&chashma, "a worker of a closed organisation"),
        (&app.as_("sw-nobody"), "a worker whom the directory does not know"),
        (&app.as_("sw-Galaba"), "an id that is none"),
    ] {
        unchanged.refuses(who.get("/v1/me"), 401, "token_refused", what).await;
        unchanged.refuses(who.get(&opened.path("")), 401, "token_refused", what).await;
    }
    let shymkent = app.as_(SHYMKENT);
    shymkent.get("/v1/me").send().await.expect(200);
    app.clock.advance(jiff::SignedDuration::from_secs(906));
    unchanged
        .refuses(shymkent.get("/v1/me"), 401, "token_refused", "a token of a quarter of an hour ago")
        .await;
    Ok(())
}

/// A worker of another country is let in and finds of the case what somebody finds of none.
pub(crate) async fn a_token_of_another_country_finds_what_a_stranger_finds(
    engine: Engine,
) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let opened = scene::opened(&app).await;
    let unchanged = Unchanged::from_here(&app).await;
    let abroad = app.as_(SHYMKENT);
    let hidden = abroad.get(&opened.path("")).send().await;
    unchanged.refused(&hidden, 404, "not_found", "a case of another country").await;
    let absent = abroad.get("/v1/cases/0190a000-0000-7000-8000-00000000dead").send().await;
    assert_eq!(hidden.json()["detail"], absent.json()["detail"]);
    assert_eq!(hidden.text().len(), absent.text().len());
    Ok(())
}

/// Where a request says it comes from changes neither who is asking nor what is answered nor what is logged.
pub(crate) async fn what_a_client_says_of_its_origin_is_not_believed(engine: Engine) -> anyhow::Result<()> {
    let app = TestApp::on(engine).await?;
    let unchanged = Unchanged::from_here(&app).await;
    let plain = app.as_(GALABA).get("/v1/me").send().await.expect(200);
    for (name, value) in [
        ("x-forwarded-for", "MARKERq7Zt, 127.0.0.1"),
        ("x-real-ip", "MARKERq7Zt"),
        ("forwarded", "for=MARKERq7Zt;host=MARKERq7Zt;proto=https"),
        ("x-forwarded-host", "MARKERq7Zt.example"),
        ("x-forwarded-user", "dc-administrator"),
        ("x-original-url", "/v1/directory/workers"),
        ("x-rewrite-url", "/v1/directory/workers"),
    ] {
        let answer = app.as_(GALABA).get("/v1/me").header(name, value).send().await.expect(200);
        assert_eq!(answer.json(), plain.json(), "{name}");
        unchanged.kept(&answer, name).await;
        let nobody = app.anonymously().get("/v1/me").header(name, value);
        unchanged.refuses(nobody, 401, "token_missing", name).await;
    }
    Ok(())
}
