//! Every node knows its bytes.

use super::parsed;
use crate::logql::ast::{LabelFilterNode, MetricNode, Span, StageNode};
use crate::logql::{Expr, parse};

fn slice(text: &str, span: Span) -> &str {
    &text[span.start..span.end]
}

#[test]
fn nodes_of_log_queries_know_their_bytes() {
    let text = r#"({a="b"} |= "x" or "y" | json c="d" , e | f="g" and (h > 5) | label_format i=j)"#;
    let Expr::Log(log) = parsed(text) else { panic!("a log query") };
    assert_eq!(slice(text, log.span), &text[1..text.len() - 1]);
    assert_eq!(slice(text, log.selector.span), r#"{a="b"}"#);
    let stages: Vec<&str> = log.stages.iter().map(|stage| slice(text, stage.span)).collect();
    let expected = [r#"|= "x" or "y""#, r#"| json c="d" , e"#, r#"| f="g" and (h > 5)"#, "| label_format i=j"];
    assert_eq!(stages, expected);
    let mut parts = Vec::new();
    for stage in &log.stages {
        match &stage.node {
            StageNode::LineFilter(filter) => parts.extend(filter.operands.iter().map(|operand| operand.span)),
            StageNode::Json(extractions) => parts.extend(extractions.iter().map(|extraction| extraction.span)),
            StageNode::LabelFormat(formats) => parts.extend(formats.iter().map(|format| format.span)),
            StageNode::LabelFilter(filter) => {
                parts.push(filter.span);
                let LabelFilterNode::And(left, right) = &filter.node else { panic!("both") };
                parts.extend([left.span, right.span]);
            }
            other => panic!("{other:?}"),
        }
    }
    let parts: Vec<&str> = parts.into_iter().map(|span| slice(text, span)).collect();
    let expected = [r#""x""#, r#""y""#, r#"c="d""#, "e", r#"f="g" and (h > 5"#, r#"f="g""#, "h > 5", "i=j"];
    assert_eq!(parts, expected);
}

#[test]
fn nodes_of_metric_queries_know_their_bytes() {
    let text = r#"sum by (a) (rate({b="c"} | unwrap d [5m] offset 1m)) / on (a) vector(2)"#;
    let Expr::Metric(metric) = parsed(text) else { panic!("a metric query") };
    assert_eq!(slice(text, metric.span), text);
    let MetricNode::Binary(binary) = &metric.node else { panic!("a division") };
    assert_eq!(slice(text, binary.op_span), "/");
    assert_eq!(slice(text, binary.right.span), "vector(2)");
    assert_eq!(slice(text, binary.left.span), r#"sum by (a) (rate({b="c"} | unwrap d [5m] offset 1m))"#);
    let MetricNode::VectorAggregation(sum) = &binary.left.node else { panic!("a sum") };
    let MetricNode::RangeAggregation(rate) = &sum.expr.node else { panic!("a rate") };
    assert_eq!(slice(text, sum.expr.span), r#"rate({b="c"} | unwrap d [5m] offset 1m)"#);
    assert_eq!(slice(text, rate.range.span), r#"{b="c"} | unwrap d [5m] offset 1m"#);
    let unwrap = rate.range.unwrap.as_ref().expect("an unwrap");
    assert_eq!(slice(text, unwrap.span), "| unwrap d");
}

#[test]
fn errors_point_at_the_mistake() {
    let check = |text: &str, line: usize, column: usize, expected: &str| {
        let error = parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}");
        assert_eq!(slice(text, error.span), expected, "{text}");
    };
    check("{a=\"é\"}\n |= 5", 2, 5, "5");
    check(r#"{a=""} |= "x""#, 0, 0, r#"{a=""}"#);
    check(r#"{a="b"} |~ "(" |= "x""#, 0, 0, r#"|~ "(""#);
    check(r#"sum(rate({a="b"}[5m]) by (c)"#, 1, 29, "");
    check(r#"rate({a="b"}[5m"#, 1, 13, "[5m");
}
