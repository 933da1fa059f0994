/** Tests of who is let in. Start with {@link io.maas.api.security.ApiKeysTest}. */
@org.jspecify.annotations.NullMarked
package io.maas.api.security;
