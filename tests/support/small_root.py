"""A root file system of a few megabytes with a shell and the tools that transfers need, copied from the machine."""

TOOLS = "sh cat mkdir tar chown chmod mv rm stat mktemp ls sleep id env cp ln dd readlink find touch tail"
SMALL_ROOT = f"""
for tool in {TOOLS}; do
  program=$(command -v $tool)
  mkdir -p "ROOT${{program%/*}}"
  cp -L "$program" "ROOT$program"
  ldd "$program" 2>/dev/null | grep -o '/[^ )]*'
done | sort -u | while read -r library; do
  mkdir -p "ROOT${{library%/*}}"
  cp -Ln "$library" "ROOT$library"
done
mkdir -p ROOT/etc ROOT/root ROOT/tmp ROOT/opt ROOT/proc ROOT/sys ROOT/dev
chmod 1777 ROOT/tmp
[ -e ROOT/bin ] || ln -s usr/bin ROOT/bin
[ -e ROOT/lib64 ] || ln -s usr/lib64 ROOT/lib64
[ -e ROOT/lib ] || ln -s usr/lib ROOT/lib
echo root:x:0:0::/root:/bin/sh > ROOT/etc/passwd
echo root:x:0: > ROOT/etc/group
"""
"""Shell commands, run as root, that fill the folder written as ROOT."""
