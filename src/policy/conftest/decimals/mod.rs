//! Numbers with a fraction as OPA has them: texts of decimal digits, which arithmetic takes for binary fractions of 64 bits. The engine has binary
//! fractions of 53 bits. A result that needs more digits than those can tell apart is kept here, under a number of the engine between the same
//! neighbours, so that comparisons come out as in OPA.

mod binary;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use regorus::Value as Rego;

use binary::Binary;

/// The most results that are kept for one document.
const MAX_KEPT: usize = 100_000;

/// The results of one document that the engine has no number for: their digits, by the bits of the number that stands for them. The default keeps
/// none: a result is then the nearest number.
#[derive(Clone, Default)]
pub(in crate::policy) struct Exact(Option<Arc<Mutex<HashMap<u64, String>>>>);

/// Decimal numbers with so many digits are told apart by the engine's numbers, so that one of them is what an author wrote.
const WRITTEN: usize = 15;

impl Exact {
    /// One that keeps results.
    pub fn keeping() -> Self {
        Self(Some(Arc::default()))
    }

    fn all(&self) -> Option<MutexGuard<'_, HashMap<u64, String>>> {
        self.0.as_ref().map(|all| all.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets the results of the last document.
    pub fn clear(&self) {
        self.all().into_iter().for_each(|mut all| all.clear());
    }

    /// The digits of a number that stands for a result.
    pub fn kept(&self, value: &Rego) -> Option<String> {
        let float = value.as_f64().ok()?;
        let digits = self.all()?.get(&float.abs().to_bits()).cloned()?;
        Some(if float < 0.0 { format!("-{digits}") } else { digits })
    }

    /// A value with the nearest numbers in the place of those that stand for results.
    pub fn settled(&self, value: Rego) -> Rego {
        if self.all().is_none_or(|all| all.is_empty()) {
            return value;
        }
        let all = |items: &mut dyn Iterator<Item = &Rego>| items.map(|item| self.settled(item.clone())).collect::<Vec<_>>();
        match &value {
            Rego::Array(items) => Rego::from(all(&mut items.iter())),
            Rego::Set(items) => Rego::from(all(&mut items.iter()).into_iter().collect::<BTreeSet<_>>()),
            Rego::Object(members) => {
                Rego::from(members.iter().map(|(key, value)| (key.clone(), self.settled(value.clone()))).collect::<BTreeMap<_, _>>())
            }
            Rego::Number(_) => self.kept(&value).and_then(|digits| digits.parse::<f64>().ok()).map_or(value, Rego::from),
            _ => value,
        }
    }

    fn read(&self, value: &Rego) -> Option<Binary> {
        let digits = self.kept(value).unwrap_or_else(|| value.as_number().map(|number| number.format_decimal()).unwrap_or_default());
        let is_written = self.0.is_some() || digits.bytes().filter(u8::is_ascii_digit).count() <= WRITTEN;
        value.as_f64().ok().filter(|_| !is_written).map(Binary::of).or_else(|| Binary::read(&digits))
    }

    /// The number for a result.
    fn value(&self, result: &Binary) -> Option<Rego> {
        let text = result.shown();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |digits| (true, digits));
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Rego::from_numeric_string(&text).ok();
        }
        let near: f64 = digits.parse().ok()?;
        let Some(mut all) = self.all() else { return Some(Rego::from(if negative { -near } else { near })) };
        let shortest = Binary::read(&near.to_string())?;
        let number = match Binary::read(digits)?.compare(&shortest) {
            std::cmp::Ordering::Equal => near,
            std::cmp::Ordering::Greater => keep(&mut all, near, near.next_up(), digits),
            std::cmp::Ordering::Less => keep(&mut all, near, near.next_down(), digits),
        };
        Some(Rego::from(if negative { -number } else { number }))
    }

    /// The sum of two numbers.
    pub fn plus(&self, left: &Rego, right: &Rego) -> Option<Rego> {
        self.value(&self.read(left)?.plus(&self.read(right)?))
    }

    /// What is left of a number.
    pub fn minus(&self, left: &Rego, right: &Rego) -> Option<Rego> {
        self.value(&self.read(left)?.plus(&self.read(right)?.negated()))
    }

    /// The product of two numbers.
    pub fn times(&self, left: &Rego, right: &Rego) -> Option<Rego> {
        self.value(&self.read(left)?.times(&self.read(right)?))
    }

    /// The quotient of two numbers.
    pub fn by(&self, left: &Rego, right: &Rego) -> Option<Rego> {
        self.value(&self.read(left)?.by(&self.read(right)?)?)
    }

    /// The sum of all numbers.
    pub fn sum(&self, numbers: &[&Rego]) -> Option<Rego> {
        let zero = Binary::read("0")?;
        let sum = numbers.iter().try_fold(zero, |sum, number| Some(sum.plus(&self.read(number)?)))?;
        self.value(&sum)
    }

    /// The product of all numbers, which OPA computes with the bits of the engine.
    pub fn product(&self, numbers: &[&Rego]) -> Option<Rego> {
        let product = numbers
            .iter()
            .try_fold(Binary::one(f64::MANTISSA_DIGITS.into()), |product, number| Some(product.times(&self.read(number)?)))?;
        self.value(&product)
    }
}

/// Of the two numbers around digits the one that policies are less likely to write down, unless it stands for other digits.
fn keep(all: &mut HashMap<u64, String>, near: f64, beside: f64, digits: &str) -> f64 {
    let length = |number: f64| number.to_string().len();
    let order = if length(beside) > length(near) { [beside, near] } else { [near, beside] };
    let free = order.into_iter().find(|number| all.get(&number.to_bits()).is_none_or(|other| other == digits));
    let number = free.unwrap_or(near);
    if free.is_some() && all.len() < MAX_KEPT {
        all.insert(number.to_bits(), digits.to_owned());
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Rego {
        Rego::from_numeric_string(text).unwrap()
    }

    #[test]
    fn results_are_compared_as_their_digits_are() {
        let exact = Exact::keeping();
        let plus = |left: &str, right: &str| exact.plus(&number(left), &number(right)).unwrap();
        assert_eq!(plus("0.1", "0.2"), number("0.3"));
        let long = plus("1.1", "2.2");
        assert!(long > number("3.3") && exact.kept(&long).as_deref() == Some("3.3000000000000000002"));
        assert_eq!(exact.settled(Rego::from(vec![long.clone()])), Rego::from(vec![number("3.3")]));
        let third = exact.by(&number("1"), &number("3")).unwrap();
        assert_eq!(exact.times(&third, &number("-3")), Some(number("-1")));
        assert_eq!(exact.kept(&exact.minus(&number("0"), &third).unwrap()).as_deref(), Some("-0.33333333333333333334"));
        exact.clear();
        assert_eq!(exact.kept(&long), None);
    }

    #[test]
    fn results_that_are_not_kept_are_the_nearest_numbers() {
        let exact = Exact::default();
        assert_eq!(exact.plus(&number("1.1"), &number("2.2")), Some(number("3.3")));
        let third = exact.by(&number("1"), &number("3")).unwrap();
        assert_eq!(exact.times(&third, &number("3")), Some(number("1")));
        assert_eq!(exact.times(&number("100"), &number("1.1")), Some(number("110")));
    }

    #[test]
    fn all_numbers_are_added_and_multiplied() {
        let exact = Exact::keeping();
        let numbers: Vec<_> = ["0.1", "0.2", "0.3"].map(number).into();
        let numbers: Vec<_> = numbers.iter().collect();
        assert_eq!(exact.sum(&numbers), Some(number("0.6")));
        assert_eq!(exact.product(&numbers[..2]), Some(number("0.02")));
    }
}
