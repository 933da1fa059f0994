package io.maas.api.security;

import com.google.common.collect.ImmutableSet;
import io.maas.error.Require;
import java.util.Arrays;

/**
 * Somebody who was recognized.
 *
 * <p>Immutable and thread-safe.
 *
 * @param name what they are called in quotas, histories and the audit log
 */
public record Principal(String name, ImmutableSet<Grant> grants) {
    private static final int MAX_NAME = 128;

    public Principal {
        Require.that(
                !name.isBlank() && name.length() <= MAX_NAME && name.chars().noneMatch(Character::isISOControl),
                "name",
                Require.quote(name),
                "1 to " + MAX_NAME + " characters, none of them a control character");
    }

    /** With roles for all models. */
    public static Principal of(String name, Role... roles) {
        return new Principal(name, Arrays.stream(roles).map(Grant::of).collect(ImmutableSet.toImmutableSet()));
    }

    /** Whether they have a role for a model. An administrator of a model has all others for it. */
    public boolean may(Role role, String model) {
        for (Grant grant : grants) { // Once a request, which a stream would make dearer.
            if (has(grant, role) && grant.includes(model)) {
                return true;
            }
        }
        return false;
    }

    /** Whether they have a role for what concerns no model. */
    public boolean may(Role role) {
        return grants.stream().anyMatch(grant -> has(grant, role) && grant.includesAll());
    }

    /** Whether they have a role for any model. */
    public boolean mayAnywhere(Role role) {
        for (Grant grant : grants) {
            if (has(grant, role)) {
                return true;
            }
        }
        return false;
    }

    private static boolean has(Grant grant, Role role) {
        return grant.role() == role || grant.role() == Role.ADMIN;
    }
}
