proptest! {
    fn order_does_not_matter(writes in writes()) {
        let (a, b) = (merge(&writes), merge(&shuffled(&writes)));
        prop_assert_eq!(a, b);
    }
}
