/* Linked into the static binary of a release for Linux, and into no other build.
 *
 * A static glibc still loads the modules that /etc/nsswitch.conf names (`resolve`, `myhostname`, `sss`) from the machine
 * that it runs on. They belong to that machine's glibc, and two of them in one process may end it. What glibc has built in
 * is enough: /etc/hosts and DNS, as in static programs in Go. */
#include <nss.h>

__attribute__((constructor)) static void only_what_is_built_in(void) {
  __nss_configure_lookup("hosts", "files dns");
  __nss_configure_lookup("passwd", "files");
}
