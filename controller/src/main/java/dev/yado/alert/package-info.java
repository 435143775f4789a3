/**
 * What an operator should know and do something about, and that no request asked for. Whoever watches something raises an alert and
 * ends it when it is over: nobody has to acknowledge. Promises: one open alert per code and subject, whichever replica looks.
 */
@NullMarked
package dev.yado.alert;

import org.jspecify.annotations.NullMarked;
