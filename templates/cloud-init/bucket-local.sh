get() { cp "${CLUSTERWRIGHT_BUCKET#file://}/$1" "$2"; }
put() {
  local to=${CLUSTERWRIGHT_BUCKET#file://}/$2
  mkdir -p "${to%/*}" && cp "$1" "$to.tmp" && mv "$to.tmp" "$to"
}
