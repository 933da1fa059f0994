package io.maas.api.wire;

import io.maas.error.MaasException;

/** The protocol knows what is asked for, and this server does not have it. */
public final class UnsupportedRequestException extends MaasException {
    private static final long serialVersionUID = 1L;

    public UnsupportedRequestException(String message) {
        super(message);
    }
}
