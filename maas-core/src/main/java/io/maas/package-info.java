/**
 * The way in: {@link io.maas.Maas} holds a registry of published models and the models that are in service, in one handle.
 */
@org.jspecify.annotations.NullMarked
package io.maas;
