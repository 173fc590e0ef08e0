//! Two servers that were told the same but for what an HIV record holds, asked the same questions in the same order.

use anyhow::Result;
use safar_api::{
    app::bring_about_what_is_due,
    journey::{Journey, TWELVE},
};
use safar_tests::http::{Answer, As, Engine, Settings, TestApp};
use tokio::sync::watch;

use super::alike::Both;

/// What becomes of an answer.
pub(crate) type Change = fn(&mut Answer);

/// A change of one answer of the world with the record, as a leak would make it.
#[derive(Clone)]
pub(crate) struct Leak {
    /// To whom.
    pub(crate) worker: &'static str,
    /// Where.
    pub(crate) path: String,
    /// What.
    pub(crate) change: Change,
}

/// Who works where such a record of the twelve journeys is kept: what they may see is another matter.
const TIED: [&str; 2] = ["hc-kz-aktobe-", "hc-tj-national-"];

/// A request, as it is put to both worlds.
#[derive(Clone)]
pub(crate) struct Question {
    /// Who asks; nobody when empty.
    pub(crate) worker: &'static str,
    /// How.
    pub(crate) method: String,
    /// Where, in either world.
    pub(crate) path: Both,
    /// With what else.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body of a command or of a search.
    pub(crate) body: Option<String>,
}

/// The two worlds.
pub(crate) struct Pair {
    /// With the record, and without.
    pub(crate) worlds: [TestApp; 2],
}

/// The journeys, with all that belongs to HIV records or without.
fn journeys(hidden: bool) -> Result<Vec<Journey>> {
    let mut journeys = TWELVE.iter().map(|(_, text)| Journey::parse(text)).collect::<Result<Vec<_>, _>>()?;
    if !hidden {
        let steps = journeys.iter_mut().flat_map(|journey| &mut journey.steps);
        for step in steps.filter(|step| step.path.contains("/hiv") && tied(&step.worker)) {
            // Something else is asked at that moment, so that time goes on alike.
            "GET".clone_into(&mut step.method);
            "/v1/me".clone_into(&mut step.path);
            (step.body, step.keeps, step.happened) = (None, None, None);
            step.expect = safar_api::journey::Expect::Success;
            step.says.clear();
        }
    }
    Ok(journeys)
}

/// Whether this worker's centre has a tie to a record.
pub(crate) fn tied(worker: &str) -> bool {
    TIED.iter().any(|centre| worker.starts_with(centre))
}

impl Pair {
    /// The twelve journeys in both worlds, the HIV record of the seventh in the first of them alone.
    pub(crate) async fn lived() -> Result<Self> {
        let world = async |hidden| {
            let mut settings = Settings::on(Engine::Sqlite);
            settings.limits.person_searches_per_hour = usize::MAX;
            let app = TestApp::start(Settings { lived: journeys(hidden)?, ..settings }).await?;
            let (_stop, stopped) = watch::channel(true);
            bring_about_what_is_due(app.app.clone(), stopped).await;
            app.settle().await;
            crate::scene::one_of_each(&app).await;
            anyhow::Ok(app)
        };
        let (with, without) = tokio::join!(world(true), world(false));
        Ok(Self { worlds: [with?, without?] })
    }

    /// Somebody with a token for either world; nobody has none.
    pub(crate) fn speaker(&self, worker: &str) -> [As<'_>; 2] {
        self.worlds
            .each_ref()
            .map(|world| if worker.is_empty() { world.anonymously() } else { world.as_(worker) })
    }

    /// Waits until what was recorded can be read in both.
    pub(crate) async fn settle(&self) {
        tokio::join!(self.worlds[0].settle(), self.worlds[1].settle());
    }

    /// The case that has the record in one of the worlds.
    pub(crate) fn case(&self) -> String {
        let mut kept = self.worlds[0].kept.iter();
        kept.find(|kept| kept.contains_key("hiv_test")).expect("the seventh journey")["case"].clone()
    }

    /// The ids that the hidden record has kept in the first world, which somebody may have guessed.
    pub(crate) fn hidden_ids(&self) -> Vec<String> {
        let [with, without] = self.worlds.each_ref().map(|world| &world.kept);
        let kept = with.iter().zip(without).flat_map(|(with, without)| {
            with.iter().filter(|(name, _)| !without.contains_key(*name)).map(|(_, id)| id.clone())
        });
        kept.collect()
    }
}
