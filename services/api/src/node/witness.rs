//! Shows each checkpoint to the witness of the configuration, and keeps what it cosigns.

use std::time::Duration;

use safar_event_store::{
    EventStore,
    ledger::{
        Ledger, Published,
        checkpoint::Checkpoint,
        note::{Note, Verifier},
        witness::AddCheckpoint,
    },
};
use tokio::sync::watch;

use super::NodeError;
use crate::{app::alarm, config::Config};

const TIMEOUT: Duration = Duration::from_secs(5);
/// Between two tries of a witness that does not answer.
const PAUSE: Duration = Duration::from_secs(5);
/// More is no answer of a witness.
const LONGEST: usize = 16 * 1024;

/// What the witness has to say to a checkpoint.
enum Said {
    /// It continues what the witness has cosigned.
    Cosigned,
    /// The witness has cosigned more than that.
    Knows(u64),
    /// The witness has cosigned something else.
    Other,
    /// Nothing that helps.
    Nothing(String),
}

/// One log before its witness.
struct Before<'a> {
    ledger: &'a Ledger,
    client: reqwest::Client,
    address: String,
    key: Verifier,
    /// What the witness has cosigned, as far as is known here.
    old: u64,
}

impl<'a> Before<'a> {
    /// None where no witness is configured or nothing is signed.
    fn new(config: &Config, ledger: &'a Ledger) -> Option<Self> {
        ledger.verifier()?;
        let key = config.ledger.witness()?;
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .inspect_err(|error| tracing::error!(%error, "the witness cannot be asked"))
            .ok()?;
        let address = format!("{}/add-checkpoint", config.ledger.witness_url.trim_end_matches('/'));
        let cosigned = ledger.cosigned();
        let old = cosigned
            .and_then(|note| Some(Checkpoint::parse(Note::parse(note.as_bytes()).ok()?.text).ok()?.size));
        Some(Self { ledger, client, address, key, old: old.unwrap_or_default() })
    }

    /// Shows a checkpoint; a witness that knows another size than was thought is asked once more.
    async fn show(&mut self, published: &Published) -> Said {
        let said = self.try_once(published).await;
        match said {
            Said::Knows(size) if size != self.old && size <= published.checkpoint.size => {
                self.old = size;
                self.try_once(published).await
            }
            said => said,
        }
    }

    async fn try_once(&mut self, published: &Published) -> Said {
        let Some(note) = &published.note else { return Said::Nothing("nothing is signed".to_owned()) };
        let size = published.checkpoint.size;
        let proof = match self.ledger.consistency(self.old, size) {
            Ok(Some(proof)) => proof,
            Ok(None) => return Said::Knows(self.old),
            Err(error) => return Said::Nothing(error.to_string()),
        };
        let request = AddCheckpoint { old: self.old, proof, note: note.clone() };
        let (status, body) = match self.send(request.body()).await {
            Ok(answer) => answer,
            Err(error) => return Said::Nothing(error.without_url().to_string()),
        };
        match status {
            200 => self.keep(published, &format!("{note}{body}")),
            409 => match body.trim_end().parse() {
                // It has this size as well, and another root.
                Ok(known) if known == self.old && known == size => Said::Other,
                Ok(known) => Said::Knows(known),
                Err(_) => Said::Nothing("it answered 409 without a size".to_owned()),
            },
            422 => Said::Other,
            status => Said::Nothing(format!("it answered {status}")),
        }
    }

    async fn send(&self, body: String) -> Result<(u16, String), reqwest::Error> {
        let mut response = self.client.post(&self.address).body(body).send().await?;
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > LONGEST {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    }

    fn keep(&mut self, published: &Published, cosigned: &str) -> Said {
        let verified =
            Note::parse(cosigned.as_bytes()).and_then(|note| note.verify(std::slice::from_ref(&self.key)));
        if let Err(error) = verified {
            return Said::Nothing(format!("its cosignature is not right: {error}"));
        }
        self.old = published.checkpoint.size;
        match self.ledger.keep_cosigned(cosigned.to_owned()) {
            Ok(()) => Said::Cosigned,
            Err(error) => Said::Nothing(error.to_string()),
        }
    }
}

/// A log that is behind its witness, or another one, is not served. A witness that does not answer keeps nobody from starting.
pub(super) async fn ask_at_start(
    config: &Config,
    store: &EventStore,
    ledger: &Ledger,
) -> Result<(), NodeError> {
    let Some(mut before) = Before::new(config, ledger) else { return Ok(()) };
    match before.show(&ledger.published()).await {
        Said::Cosigned => Ok(()),
        Said::Other => Err(NodeError::ForkedBeforeWitness),
        Said::Knows(seen) => {
            // Another node may have signed more in the meantime.
            let head = store.head().await?.get();
            if seen > head { Err(NodeError::BehindWitness { seen, head }) } else { Ok(()) }
        }
        Said::Nothing(why) => {
            tracing::warn!(why, "the witness does not help: nobody else knows what this log was");
            Ok(())
        }
    }
}

/// Shows each new checkpoint until told to stop.
pub(super) async fn follow(config: Config, ledger: Ledger, mut stop: watch::Receiver<bool>) {
    let Some(mut before) = Before::new(&config, &ledger) else { return };
    let mut published = ledger.watch();
    let mut said_other = false;
    loop {
        let newest = published.borrow_and_update().clone();
        let done = match before.show(&newest).await {
            Said::Cosigned => true,
            // Another node was faster; its checkpoint covers this one.
            Said::Knows(size) => size >= newest.checkpoint.size,
            Said::Other => {
                if !said_other {
                    alarm();
                }
                said_other = true;
                tracing::error!(
                    origin = newest.checkpoint.origin,
                    size = newest.checkpoint.size,
                    "the witness has cosigned another history than this log's: run `safar verify`"
                );
                false
            }
            Said::Nothing(why) => {
                tracing::warn!(why, "the witness does not cosign");
                false
            }
        };
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            changed = published.changed(), if done => if changed.is_err() { return },
            () = tokio::time::sleep(PAUSE), if !done => (),
        }
    }
}
