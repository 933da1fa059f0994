package io.maas.serving;

/** What to do with NaN (not a number) in floating-point inputs of a request, or in the outputs that answer it. */
public enum NanPolicy {
    /** Pass it on: many models take NaN for a missing value, and a caller may know what it means in an answer. */
    ACCEPT,
    /** Refuse the request. */
    REJECT
}
