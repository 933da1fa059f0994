/**
 * What the tests of the network share: models to serve and a service around them. Start with {@link io.maas.api.Service}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.api;
