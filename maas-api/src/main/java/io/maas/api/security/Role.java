package io.maas.api.security;

/** What somebody may do over the network. Each is for itself: who trains need not be able to deploy. */
public enum Role {
    /** Call models, and see which there are. */
    INFER,
    /** Keep data sets and train models, which are published. */
    TRAIN,
    /** Publish versions, and say which are in service. */
    DEPLOY,
    /** All of that, and what concerns the server itself: keys, deletions, upkeep. */
    ADMIN
}
