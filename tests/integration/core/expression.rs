//! Expressions of a configuration, evaluated over values that may be unknown.
//!
//! Evaluation is pure. What a provider's function gives is asked for by the caller and handed in: see [`Halt::Call`].

use crate::core::functions;
use crate::core::value::{Number, Value};
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator, UnaryOperator};
use hcl_edit::template::{Element, Template};
use hcl_edit::visit::{self, Visit};
use std::collections::{BTreeMap, BTreeSet};

/// What names stand for.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// `local`, `var`, `each`, `data`, types of resources, and names that a `for` binds.
    pub names: BTreeMap<String, Value>,
    /// Results of the provider's functions.
    pub calls: BTreeMap<Call, Value>,
}

/// A call of a provider's function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    pub function: String,
    pub arguments: Vec<Value>,
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The expression is wrong: summary and detail.
    Wrong(String, String),
    /// The result of this call is needed first.
    Call(Call),
}

type Evaluated = Result<Value, Halt>;

pub fn wrong(summary: &str, detail: impl Into<String>) -> Halt {
    Halt::Wrong(summary.to_owned(), detail.into())
}

impl Scope {
    pub fn evaluate(&self, expression: &Expression) -> Evaluated {
        match expression {
            Expression::Null(_) => Ok(Value::Null),
            Expression::Bool(flag) => Ok(Value::Bool(*flag.value())),
            Expression::Number(number) => Ok(Value::Number(Number(number.value().as_f64().unwrap()))),
            Expression::String(text) => Ok(Value::text(text.as_str())),
            Expression::Array(array) => Ok(Value::List(array.iter().map(|e| self.evaluate(e)).collect::<Result<_, _>>()?)),
            Expression::Object(object) => {
                let mut entries = BTreeMap::new();
                for (key, value) in object {
                    let Some(key) = self.key(key)? else { return Ok(Value::Unknown) };
                    entries.insert(key, self.evaluate(value.expr())?);
                }
                Ok(Value::Map(entries))
            }
            Expression::StringTemplate(template) => self.template(template.iter()),
            Expression::HeredocTemplate(heredoc) => self.heredoc(&heredoc.template),
            Expression::Parenthesis(inner) => self.evaluate(inner.inner()),
            Expression::Variable(name) => self.name(name.as_str()),
            Expression::Conditional(choice) => match self.evaluate(&choice.cond_expr)? {
                Value::Bool(true) => self.evaluate(&choice.true_expr),
                Value::Bool(false) => self.evaluate(&choice.false_expr),
                Value::Unknown => Ok(Value::Unknown),
                other => Err(wrong("Incorrect condition type", format!("{other} is no bool"))),
            },
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(operation) => match (operation.operator.value(), self.evaluate(&operation.expr)?) {
                (_, Value::Unknown) => Ok(Value::Unknown),
                (UnaryOperator::Not, Value::Bool(flag)) => Ok(Value::Bool(!flag)),
                (UnaryOperator::Neg, Value::Number(number)) => Ok(Value::number(-number.0)),
                (_, other) => Err(wrong("Invalid operand", format!("{other} does not suit the operator"))),
            },
            Expression::BinaryOp(operation) => {
                let left = self.evaluate(&operation.lhs_expr)?;
                let right = self.evaluate(&operation.rhs_expr)?;
                binary(*operation.operator.value(), left, right)
            }
            Expression::ForExpr(each) => self.for_each(each),
        }
    }

    fn name(&self, name: &str) -> Evaluated {
        let found = self.names.get(name).cloned();
        found.ok_or_else(|| wrong("Reference to undeclared name", format!("Nothing is called {name:?} here.")))
    }

    fn key(&self, key: &ObjectKey) -> Result<Option<String>, Halt> {
        let value = match key {
            ObjectKey::Ident(name) => return Ok(Some(name.as_str().to_owned())),
            // A bare name is a key, and in parentheses the value of that name.
            ObjectKey::Expression(Expression::Variable(name)) => return Ok(Some(name.as_str().to_owned())),
            ObjectKey::Expression(expression) => self.evaluate(expression)?,
        };
        match value {
            Value::Unknown => Ok(None),
            Value::String(text) => Ok(Some(text)),
            Value::Number(_) | Value::Bool(_) => Ok(Some(value.to_string())),
            other => Err(wrong("Invalid object key", format!("{other} cannot be a key"))),
        }
    }

    fn template<'a>(&self, elements: impl Iterator<Item = &'a Element>) -> Evaluated {
        let mut text = Some(String::new());
        let elements: Vec<_> = elements.collect();
        for element in &elements {
            match element {
                Element::Literal(literal) => text.iter_mut().for_each(|text| text.push_str(literal)),
                Element::Interpolation(interpolation) => {
                    let value = self.evaluate(&interpolation.expr)?;
                    if elements.len() == 1 {
                        return Ok(value);
                    }
                    match value {
                        Value::Unknown => text = None,
                        Value::String(part) => text.iter_mut().for_each(|text| text.push_str(&part)),
                        Value::Bool(_) | Value::Number(_) => text.iter_mut().for_each(|text| text.push_str(&value.to_string())),
                        other => return Err(wrong("Invalid template interpolation value", format!("{other} is no string"))),
                    }
                }
                Element::Directive(_) => panic!("the bench does not play template directives; use Workspace"),
            }
        }
        Ok(text.map_or(Value::Unknown, Value::String))
    }

    /// Never the bare value of a single interpolation: a line break follows.
    fn heredoc(&self, template: &Template) -> Evaluated {
        self.template(template.iter())
    }

    fn traversal(&self, traversal: &Traversal) -> Evaluated {
        let value = self.evaluate(&traversal.expr)?;
        let operators: Vec<_> = traversal.operators.iter().map(|operator| operator.value()).collect();
        self.step(value, &operators)
    }

    fn step(&self, value: Value, operators: &[&TraversalOperator]) -> Evaluated {
        let Some((operator, rest)) = operators.split_first() else {
            return Ok(value);
        };
        if value.is_unknown() {
            return Ok(value);
        }
        let next = match operator {
            TraversalOperator::GetAttr(name) => attribute(value, name.as_str())?,
            TraversalOperator::LegacyIndex(index) => index_of(value, &Value::number(*index.value() as f64))?,
            TraversalOperator::Index(key) => index_of(value, &self.evaluate(key)?)?,
            TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                let each = match value {
                    Value::List(elements) | Value::Set(elements) => elements,
                    Value::Null => Vec::new(),
                    one => vec![one],
                };
                let each = each.into_iter().map(|element| self.step(element, rest));
                return Ok(Value::List(each.collect::<Result<_, _>>()?));
            }
        };
        self.step(next, rest)
    }

    fn call(&self, call: &FuncCall) -> Evaluated {
        let name = call.name.name.as_str();
        if matches!(name, "try" | "can") && !call.name.is_namespaced() {
            return self.attempt(name, call);
        }
        let mut arguments = call
            .args
            .iter()
            .map(|argument| self.evaluate(argument))
            .collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final() {
            match arguments.pop() {
                Some(Value::List(last) | Value::Set(last)) => arguments.extend(last),
                _ => return Ok(Value::Unknown),
            }
        }
        if !call.name.is_namespaced() {
            return functions::call(name, arguments).map_err(|error| wrong("Error in function call", format!("{name}: {error}")));
        }
        let call = Call {
            function: name.to_owned(),
            arguments,
        };
        self.calls.get(&call).cloned().ok_or(Halt::Call(call))
    }

    fn attempt(&self, name: &str, call: &FuncCall) -> Evaluated {
        let mut last = wrong("Error in function call", format!("{name}: no argument"));
        for argument in &call.args {
            match (self.evaluate(argument), name) {
                (Err(Halt::Call(call)), _) => return Err(Halt::Call(call)),
                (Err(error), "try") => last = error,
                (Err(_), _) => return Ok(Value::Bool(false)),
                (Ok(Value::Unknown), _) => return Ok(Value::Unknown),
                (Ok(value), "try") => return Ok(value),
                (Ok(_), _) => return Ok(Value::Bool(true)),
            }
        }
        Err(last)
    }

    fn for_each(&self, each: &ForExpr) -> Evaluated {
        let collection = self.evaluate(&each.intro.collection_expr)?;
        let pairs: Vec<(Value, Value)> = match collection {
            Value::Unknown => return Ok(Value::Unknown),
            Value::List(elements) => elements
                .into_iter()
                .enumerate()
                .map(|(i, e)| (Value::number(i as f64), e))
                .collect(),
            Value::Set(elements) => elements.into_iter().map(|e| (e.clone(), e)).collect(),
            Value::Map(entries) => entries.into_iter().map(|(key, e)| (Value::String(key), e)).collect(),
            other => {
                return Err(wrong(
                    "Iteration over non-iterable value",
                    format!("{other} cannot be iterated over"),
                ));
            }
        };
        let (mut list, mut map) = (Vec::new(), BTreeMap::new());
        for (key, value) in pairs {
            let mut inner = self.clone();
            if let Some(name) = &each.intro.key_var {
                inner.names.insert(name.as_str().to_owned(), key);
            }
            inner.names.insert(each.intro.value_var.as_str().to_owned(), value);
            match each.cond.as_ref().map(|cond| inner.evaluate(&cond.expr)).transpose()? {
                None | Some(Value::Bool(true)) => {}
                Some(Value::Bool(false)) => continue,
                Some(_) => return Ok(Value::Unknown),
            }
            let value = inner.evaluate(&each.value_expr)?;
            let Some(key) = &each.key_expr else {
                list.push(value);
                continue;
            };
            match (inner.evaluate(key)?, each.grouping) {
                (Value::Unknown, _) => return Ok(Value::Unknown),
                (Value::String(key), false) => drop(map.insert(key, value)),
                (Value::String(key), true) => match map.entry(key).or_insert_with(|| Value::List(Vec::new())) {
                    Value::List(group) => group.push(value),
                    _ => unreachable!("groups are lists"),
                },
                (other, _) => return Err(wrong("Invalid object key", format!("{other} cannot be a key"))),
            }
        }
        Ok(if each.key_expr.is_some() {
            Value::Map(map)
        } else {
            Value::List(list)
        })
    }
}

fn attribute(value: Value, name: &str) -> Evaluated {
    match value {
        Value::Map(mut entries) => entries.remove(name).ok_or_else(|| {
            wrong(
                "Unsupported attribute",
                format!("This object does not have an attribute named {name:?}."),
            )
        }),
        Value::Null => Err(wrong(
            "Attempt to get attribute from null value",
            format!("There is no {name:?} in null."),
        )),
        other => Err(wrong("Unsupported attribute", format!("{other} has no attribute {name:?}."))),
    }
}

fn index_of(value: Value, key: &Value) -> Evaluated {
    let invalid = |detail: String| wrong("Invalid index", detail);
    match (value, key) {
        (_, Value::Unknown) => Ok(Value::Unknown),
        (Value::Map(mut entries), Value::String(key)) => entries
            .remove(key)
            .ok_or_else(|| invalid(format!("The given key {key:?} does not identify an element."))),
        (Value::List(elements), Value::Number(index)) => {
            let element = index.whole().and_then(|index| elements.get(usize::try_from(index).ok()?).cloned());
            element.ok_or_else(|| invalid(format!("There are {} elements, and none at {index}.", elements.len())))
        }
        (value, key) => Err(invalid(format!("{key} is no index of {value}."))),
    }
}

fn binary(operator: BinaryOperator, left: Value, right: Value) -> Evaluated {
    use BinaryOperator::{And, Div, Eq, Greater, GreaterEq, Less, LessEq, Minus, Mod, Mul, NotEq, Or, Plus};
    match operator {
        Eq => return Ok(left.equals(&right).map_or(Value::Unknown, Value::Bool)),
        NotEq => return Ok(left.equals(&right).map_or(Value::Unknown, |same| Value::Bool(!same))),
        _ => {}
    }
    Ok(match (operator, left, right) {
        (_, Value::Unknown, _) | (_, _, Value::Unknown) => Value::Unknown,
        (And, Value::Bool(a), Value::Bool(b)) => Value::Bool(a && b),
        (Or, Value::Bool(a), Value::Bool(b)) => Value::Bool(a || b),
        (Plus, Value::Number(a), Value::Number(b)) => Value::number(a.0 + b.0),
        (Minus, Value::Number(a), Value::Number(b)) => Value::number(a.0 - b.0),
        (Mul, Value::Number(a), Value::Number(b)) => Value::number(a.0 * b.0),
        (Div, Value::Number(a), Value::Number(b)) => Value::number(a.0 / b.0),
        (Mod, Value::Number(a), Value::Number(b)) => Value::number(a.0 % b.0),
        (Less, Value::Number(a), Value::Number(b)) => Value::Bool(a < b),
        (LessEq, Value::Number(a), Value::Number(b)) => Value::Bool(a <= b),
        (Greater, Value::Number(a), Value::Number(b)) => Value::Bool(a > b),
        (GreaterEq, Value::Number(a), Value::Number(b)) => Value::Bool(a >= b),
        (_, left, right) => return Err(wrong("Invalid operand", format!("{left} and {right} do not suit the operator"))),
    })
}

/// Names that an expression or a body refers to: each with the attributes that directly follow.
pub fn references(visit: impl FnOnce(&mut References)) -> BTreeSet<Vec<String>> {
    let mut references = References(BTreeSet::new());
    visit(&mut references);
    references.0
}

/// Collects references.
#[derive(Debug)]
pub struct References(BTreeSet<Vec<String>>);

impl Visit for References {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(root) = &traversal.expr {
            let mut path = vec![root.as_str().to_owned()];
            path.extend(traversal.operators.iter().map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(name) => Some(name.as_str().to_owned()),
                _ => None,
            }));
            self.0.insert(path);
        }
        visit::visit_traversal(self, traversal);
    }
}
