package io.maas.serving;

/** When a deployed model takes memory. */
public enum Loading {
    /** From its deployment to its end; it is checked and warmed up before it gets traffic. */
    AT_ONCE,
    /**
     * From its first request on, which waits for it, as long as the memory budget allows: where that is exceeded, the model that was not
     * used for longest is unloaded, until its next request.
     */
    ON_DEMAND
}
