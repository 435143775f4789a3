/**
 * Owns the conversation with the agent in a guest: typed commands, a deadline for each, and file systems that are made still for an
 * instant and never left so. Promises that nothing a guest says or leaves unsaid does more than fail what was asked. Hides the wire.
 */
@NullMarked
package dev.yado.vmmd.agent;

import org.jspecify.annotations.NullMarked;
