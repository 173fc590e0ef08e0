//! `safar witness`: one that remembers what logs were, for those who keep them.

use std::{net::SocketAddr, sync::Arc};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data, PayloadConfig},
};
use safar_event_store::ledger::{
    note::{Kind, LONGEST, Signer, Verifier},
    witness::{Reply, SIZE_MEDIA, Witness},
};
use safar_vault::read_private;

use super::{Failure, runtime, say};
use crate::{cli::WitnessArgs, clock::Clock};

/// What every request is answered with and by.
struct Face {
    witness: Arc<Witness>,
    clock: Clock,
}

pub(super) fn run(arguments: &WitnessArgs, listen: Option<SocketAddr>) -> Result<(), Failure> {
    let seed = read_private(&arguments.key).map_err(Failure::failed)?;
    let signer = Signer::new(&arguments.name, Kind::Witness, &seed)
        .map_err(|error| Failure::Usage(format!("{}: {error}", arguments.key.display())))?;
    let logs: Vec<Verifier> = arguments.log.iter().map(|key| log(key)).collect::<Result<_, _>>()?;
    if !arguments.state.is_dir() {
        let sentence = "is no folder; make it, and keep it for as long as the witness has its key";
        return Err(Failure::Usage(format!("{} {sentence}", arguments.state.display())));
    }
    let witness = Witness::new(signer, logs, arguments.state.clone())
        .map_err(|error| Failure::failed(format!("{}: {error}", arguments.state.display())))?;
    let witness = Arc::new(witness);
    let listen = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 7_380)));
    runtime()?.block_on(serve(witness, listen)).map_err(|error| Failure::failed(format!("{listen}: {error}")))
}

fn log(key: &str) -> Result<Verifier, Failure> {
    let wrong = || {
        let sentence = "is no verifier key of a log; `safar keys status` prints those of an installation";
        Failure::Usage(format!("--log {key} {sentence}"))
    };
    Verifier::parse(key).ok().filter(|key| key.kind() == Kind::Log).ok_or_else(wrong)
}

async fn serve(witness: Arc<Witness>, listen: SocketAddr) -> std::io::Result<()> {
    let verifier = witness.verifier().to_string();
    let server = HttpServer::new(move || {
        let face = Face { witness: witness.clone(), clock: Clock::system() };
        App::new()
            .app_data(Data::new(face))
            .app_data(PayloadConfig::new(LONGEST))
            .route("/add-checkpoint", web::post().to(add))
    });
    let server = server.workers(1).bind(listen)?;
    let address = server.addrs().first().copied().unwrap_or(listen);
    say(format!("The witness listens on http://{address}; its key for ledger.witness_key is\n{verifier}"));
    server.run().await
}

async fn add(body: Bytes, face: Data<Face>) -> HttpResponse {
    let (witness, seconds) = (face.witness.clone(), face.clock.now().as_second());
    let replied = web::block(move || witness.add(&body, u64::try_from(seconds).unwrap_or_default())).await;
    match replied {
        Ok(Ok(reply)) => answer(reply),
        Ok(Err(error)) => {
            say(format!("The witness cannot remember, and does not cosign: {error}"));
            HttpResponse::InternalServerError().finish()
        }
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

fn answer(reply: Reply) -> HttpResponse {
    match reply {
        Reply::Cosigned(line) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(line),
        Reply::Malformed => HttpResponse::BadRequest().finish(),
        Reply::Unsigned => HttpResponse::Forbidden().finish(),
        Reply::UnknownLog => HttpResponse::NotFound().finish(),
        Reply::Conflict(size) => HttpResponse::Conflict().content_type(SIZE_MEDIA).body(format!("{size}\n")),
        Reply::Inconsistent => HttpResponse::UnprocessableEntity().finish(),
    }
}
