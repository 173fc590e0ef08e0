"""Positions and cursors are sealed by the server, so none can be made up: a made-up one is 400, as it should be. Nor can a
moment that has passed or a worker of the directory be guessed.

Where a request is meant to be accepted they are left out; where it is meant to be refused they stay as generated.
"""

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is not None and case.meta.generation.mode.is_positive and case.query:
        for name in ("cursor", "min_position", "after", "as_of", "as_true_at", "up_to", "worker"):
            case.query.pop(name, None)
        if case.operation.path.endswith("/diff"):
            for name in ("from", "to"):
                case.query.pop(name, None)
