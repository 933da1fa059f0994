package io.maas.api.wire;

import io.maas.error.MaasException;

/** An answer holds a value that the encoding of the answer cannot express, such as NaN in JSON. */
public final class NotRepresentableException extends MaasException {
    private static final long serialVersionUID = 1L;

    NotRepresentableException(String message) {
        super(message);
    }
}
