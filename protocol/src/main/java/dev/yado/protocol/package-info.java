/** Words that controller and host share: typed ids, sizes, the desired VM, the observed VM, the host protocol, error codes. No I/O. */
@NullMarked
package dev.yado.protocol;

import org.jspecify.annotations.NullMarked;
