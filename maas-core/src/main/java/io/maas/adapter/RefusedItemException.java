package io.maas.adapter;

import io.maas.error.InvalidInputException;

/** An adapter did not take an item: no other version's answer would mend it. */
final class RefusedItemException extends InvalidInputException {
    private static final long serialVersionUID = 1L;

    RefusedItemException(String message, Throwable cause) {
        super(message, cause);
    }
}
