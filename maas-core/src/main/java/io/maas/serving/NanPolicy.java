package io.maas.serving;

/** What to do with a request that holds NaN (not a number) in a floating-point input. */
public enum NanPolicy {
    /** Let the model see it: many models take NaN for a missing value. */
    ACCEPT,
    /** Refuse the request. */
    REJECT
}
