package io.maas.error;

import org.jspecify.annotations.Nullable;

/** The tensors of a request do not fit the model's signature, or the rows of a data set its use; mend them. */
public class InvalidInputException extends MaasException {
    private static final long serialVersionUID = 1L;

    public InvalidInputException(String message) {
        super(message);
    }

    public InvalidInputException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
