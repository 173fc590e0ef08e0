//! Reading a journey's script.

use serde_json::Value;

/// One journey: a title and its steps, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Journey {
    /// The first line, without its `#`.
    pub title: String,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A moment relative to the day on which the script is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Minutes from the anchor: negative before it.
    pub minutes: i64,
}

/// One request, and what must come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The line of the file, for the one who has to mend it.
    pub line: usize,
    /// When it is recorded.
    pub day: Day,
    /// When it happened, if not then.
    pub happened: Option<Day>,
    /// Who asks.
    pub worker: String,
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// The path, with `$names`.
    pub path: String,
    /// The body of a command.
    pub body: Option<Value>,
    /// Under which name the created thing's id is kept.
    pub keeps: Option<String>,
    /// The JSON pointer of what is kept, if that is not the id.
    pub kept_from: Option<String>,
    /// A key that another step repeats.
    pub key: Option<String>,
    /// What must come of it.
    pub expect: Expect,
    /// What the answer must say: JSON pointer and value.
    pub says: Vec<(String, Value)>,
}

/// What must come of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Any success.
    Success,
    /// This status, and this code where one is given.
    Refusal(u16, Option<String>),
}

/// A script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScriptError {
    line: usize,
    what: String,
}

impl Day {
    /// Reads `D-215`, `D-0` or `D-5+72h04m`.
    pub fn parse(text: &str) -> Option<Self> {
        let (day, later) = text.split_once('+').map_or((text, None), |(day, later)| (day, Some(later)));
        let days: i64 = day.strip_prefix("D-")?.parse().ok()?;
        let later = later.map_or(Some(0), |later| {
            let (hours, minutes) = later.split_once('h')?;
            let minutes = minutes.strip_suffix('m').unwrap_or("0");
            Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
        });
        Some(Self { minutes: later? - days * 24 * 60 })
    }

    /// Whole days before the anchor, for dates.
    pub fn days_before(self) -> i64 {
        -self.minutes.div_euclid(24 * 60)
    }
}

impl Journey {
    /// Reads a script.
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let title =
            text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned();
        let mut steps = Vec::new();
        let mut block: Vec<(usize, &str)> = Vec::new();
        let lines = (1..).zip(text.lines().map(str::trim_end));
        for (number, line) in lines.chain(std::iter::once((0, ""))) {
            if line.starts_with('#') {
                continue;
            }
            if !line.is_empty() {
                block.push((number, line));
            } else if !block.is_empty() {
                steps.push(step(&block)?);
                block.clear();
            }
        }
        Ok(Self { title, steps })
    }
}

fn step(block: &[(usize, &str)]) -> Result<Step, ScriptError> {
    let (line, head) = block[0];
    let failed = |what: &str| ScriptError { line, what: what.to_owned() };
    let (head, expect) = expectation(head).ok_or_else(|| failed("after => comes a status and a code"))?;
    let mut words = head.split_whitespace();
    let mut next = |what: &str| words.next().ok_or_else(|| failed(what));
    let day = Day::parse(next("a step begins with a day such as D-215")?);
    let day = day.ok_or_else(|| failed("this is no day such as D-215"))?;
    let worker = next("after the day comes the worker")?.to_owned();
    let method = next("after the worker comes the method")?.to_owned();
    let path = next("after the method comes the path")?.to_owned();
    let mut step = Step {
        line,
        day,
        happened: None,
        worker,
        method,
        path,
        body: None,
        keeps: None,
        kept_from: None,
        key: None,
        expect,
        says: Vec::new(),
    };
    while let Some(word) = words.next() {
        if word == "->" {
            step.keeps = words.next().map(str::to_owned);
        } else if word.starts_with('/') && step.keeps.is_some() {
            step.kept_from = Some(word.to_owned());
        } else if let Some(key) = word.strip_prefix("key=") {
            step.key = Some(key.to_owned());
        } else if let Some(day) = word.strip_prefix('@').and_then(Day::parse) {
            step.happened = Some(day);
        } else {
            return Err(failed("this word is not understood"));
        }
    }
    let (says, body): (Vec<_>, Vec<_>) =
        block[1..].iter().copied().partition(|(_, line)| line.starts_with("= "));
    if !body.is_empty() {
        let text: String = body.iter().map(|(_, line): &(usize, &str)| *line).collect::<Vec<_>>().join("\n");
        step.body = Some(serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?);
    }
    for (line, text) in says {
        let stated = text[2..]
            .split_once(' ')
            .and_then(|(pointer, value)| Some((pointer.to_owned(), serde_json::from_str(value).ok()?)));
        let what = "a statement is = <JSON pointer> <JSON value>".to_owned();
        step.says.push(stated.ok_or(ScriptError { line, what })?);
    }
    Ok(step)
}

fn expectation(head: &str) -> Option<(&str, Expect)> {
    let Some((head, expected)) = head.split_once(" => ") else { return Some((head, Expect::Success)) };
    let mut words = expected.split_whitespace();
    let status = words.next()?.parse().ok()?;
    Some((head, Expect::Refusal(status, words.next().map(str::to_owned))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Day, Expect, Journey};

    #[test]
    fn a_step_is_read_with_its_body_and_what_it_must_say() {
        let text = "# J0 · A title\n\nD-5+72h04m sw-galaba POST /v1/cases -> case key=k @D-6 => 409 code\n{\n\"a\": 1}\n= /b \"c\"\n";
        let journey = Journey::parse(text).unwrap();
        let step = &journey.steps[0];
        assert_eq!(
            (journey.title.as_str(), step.line, step.worker.as_str()),
            ("J0 · A title", 3, "sw-galaba")
        );
        assert_eq!(step.day.minutes, (72 * 60 + 4) - 5 * 24 * 60);
        assert_eq!((step.keeps.as_deref(), step.key.as_deref()), (Some("case"), Some("k")));
        assert_eq!(step.happened.map(Day::days_before), Some(6));
        assert_eq!(
            (step.body.clone(), step.says.clone()),
            (Some(json!({"a": 1})), vec![("/b".into(), json!("c"))])
        );
        assert_eq!(step.expect, Expect::Refusal(409, Some("code".into())));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        for (text, line) in
            [("# t\n\nyesterday sw GET /", 3), ("D-1 sw", 1), ("D-1 sw GET / what", 1), ("D-1 s GET /\n{", 1)]
        {
            let error = Journey::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("line {line}:")), "{error}");
        }
    }
}
