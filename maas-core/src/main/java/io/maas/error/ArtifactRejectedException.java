package io.maas.error;

import org.jspecify.annotations.Nullable;

/**
 * A model file or artifact is damaged, unsafe or not what it claims to be; nothing of it was used. {@link #rule} says which rule it broke;
 * its name ends the message.
 */
public final class ArtifactRejectedException extends MaasException {
    private static final long serialVersionUID = 1L;

    private final Rule rule;

    public ArtifactRejectedException(String message) {
        this(message, null);
    }

    public ArtifactRejectedException(String message, @Nullable Throwable cause) {
        super(message, cause);
        this.rule = Rule.INVALID;
    }

    public ArtifactRejectedException(Rule rule, String message) {
        this(rule, message, null);
    }

    public ArtifactRejectedException(Rule rule, String message, @Nullable Throwable cause) {
        super(message + " [" + rule.id() + "]", cause);
        this.rule = rule;
    }

    /** The rule that it broke. */
    public Rule rule() {
        return rule;
    }
}
