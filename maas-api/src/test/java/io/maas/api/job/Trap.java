package io.maas.api.job;

import io.maas.graph.Value;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Scope;

/** A layer that a job may wish for by the name of its class. */
public final class Trap implements Layer {
    /** Is there as soon as the class is initialized. */
    static final String PROPERTY = "maas.test.trap";

    static {
        System.setProperty(PROPERTY, "sprung");
    }

    @Override
    public String name() {
        return "trap";
    }

    @Override
    public Value apply(Scope scope, Value input) {
        return input;
    }
}
