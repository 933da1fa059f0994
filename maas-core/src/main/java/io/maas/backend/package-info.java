/**
 * What an engine must do to run graphs; engines live in artifacts of their own. Start with {@link io.maas.backend.Backend};
 * {@link io.maas.backend.Backends} finds the ones on the class path.
 */
@org.jspecify.annotations.NullMarked
package io.maas.backend;
