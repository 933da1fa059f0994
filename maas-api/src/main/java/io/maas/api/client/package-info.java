/**
 * Models behind a network address that look like local ones. Start with {@link io.maas.api.client.MaasClient}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api.client;
