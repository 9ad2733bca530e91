axiosRetry(axios, { retryCondition: axiosRetry.isNetworkOrIdempotentRequestError });
