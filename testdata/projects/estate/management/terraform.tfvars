company = "harbourline"

zone_ids = {
  "harbourline.example" = "Z08HARBOURLINE01"
  "hbl.example"         = "Z08HARBOURLINE02"
}
