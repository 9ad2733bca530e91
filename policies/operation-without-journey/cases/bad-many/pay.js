call("/baskets");
