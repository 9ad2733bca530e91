async fn place(order: Order) -> Result<(), Error> {
    timeout(LIMIT, store.insert(&order)).await?;
    producer.send(Record::to("order.placed").payload(&order)).await
}

fn headers(span: &Span) -> Headers { inject_context(span) }
