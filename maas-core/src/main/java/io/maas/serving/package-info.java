/**
 * Putting published versions into service: {@link io.maas.serving.Deployments} swaps them without dropping a request, a
 * batcher each runs their requests together. Start with {@link io.maas.serving.Deployment}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.serving;
