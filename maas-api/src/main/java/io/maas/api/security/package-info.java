/**
 * Who calls a server and what they may do: {@link io.maas.api.security.Authenticator} finds out who it is, {@link
 * io.maas.api.security.Principal} says what that one may do.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api.security;
