package io.maas.serving;

import io.maas.error.BackendException;
import io.maas.error.CancelledException;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;

/** What requests fail with, as a tag of meters. */
enum ErrorKind {
    INVALID("invalid"),
    OVERLOADED("overloaded"),
    QUOTA("quota"),
    DEADLINE("deadline"),
    CANCELLED("cancelled"),
    ENGINE("engine"),
    ERROR("error");

    private final String tag;

    ErrorKind(String tag) {
        this.tag = tag;
    }

    String tag() {
        return tag;
    }

    static ErrorKind of(Throwable failure) {
        if (failure instanceof InvalidInputException) {
            return INVALID;
        } else if (failure instanceof OverloadedException) {
            return OVERLOADED;
        } else if (failure instanceof QuotaExceededException) {
            return QUOTA;
        } else if (failure instanceof DeadlineExceededException) {
            return DEADLINE;
        } else if (failure instanceof CancelledException) {
            return CANCELLED;
        }
        return failure instanceof BackendException ? ENGINE : ERROR;
    }
}
