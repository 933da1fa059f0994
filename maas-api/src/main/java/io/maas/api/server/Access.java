package io.maas.api.server;

import com.google.common.collect.ImmutableSet;
import io.maas.api.security.Principal;
import io.maas.api.security.Role;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who may call something: anybody at all, or who has one of some roles.
 *
 * @param roles any one of them will do; none are needed where this is empty
 * @param scope for what the role must be
 */
record Access(ImmutableSet<Role> roles, Scope scope) {
    /** For probes that know nobody's keys. */
    static final Access PUBLIC = new Access(ImmutableSet.of(), Scope.ANYTHING);

    /** What a role must be for. */
    enum Scope {
        /** The model that is named in the path. */
        MODEL,
        /** Any model at all; the answer tells only of those that the caller has a role for. */
        ANYTHING,
        /** Everything. */
        ALL
    }

    /** Who has one of these roles for the model that is named in the path. */
    static Access toModel(Role... roles) {
        return of(Scope.MODEL, roles);
    }

    /** Who has one of these roles for any model. */
    static Access toAny(Role... roles) {
        return of(Scope.ANYTHING, roles);
    }

    /** Who has one of these roles for all models. */
    static Access toAll(Role... roles) {
        return of(Scope.ALL, roles);
    }

    private static Access of(Scope scope, Role... roles) {
        return new Access(Arrays.stream(roles).collect(ImmutableSet.toImmutableSet()), scope);
    }

    boolean isPublic() {
        return roles.isEmpty();
    }

    /** @param model the one that is named, null if none is */
    boolean permits(Principal principal, @Nullable String model) {
        if (isPublic()) {
            return true;
        }
        for (Role role : roles) {
            boolean may = switch (scope) {
                case MODEL -> model != null && principal.may(role, model);
                case ANYTHING -> principal.mayAnywhere(role);
                case ALL -> principal.may(role);
            };
            if (may) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return isPublic()
                ? "anybody"
                : roles.stream()
                                .map(role -> role.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(" or "))
                        + switch (scope) {
                            case MODEL -> " for this model";
                            case ANYTHING -> " for any model";
                            case ALL -> " for all models";
                        };
    }
}
